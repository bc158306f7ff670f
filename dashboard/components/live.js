// What is shared by all parts of a page that follow a study: its other half is the script of the part itself.

// One questioner for a page: all charts and the progress of a study that trains ask together what is new.
window.seesawLive ??= (() => {
  const lookers = new Set() // {live: {path, study, language, picture}, told: (answer) => ...}
  const tags = new Map() // what was answered last, by question
  let timer
  let asking = false

  function question() {
    const studies = new Map()
    for (const { live } of lookers) {
      const key = `${live.path}?study=${encodeURIComponent(live.study)}&language=${encodeURIComponent(live.language)}`
      if (!studies.has(key)) studies.set(key, new Set())
      if (live.picture) studies.get(key).add(live.picture)
    }
    // In one order, so that everybody who looks at the same asks the same.
    return [...studies].map(([key, pictures]) => key + [...pictures].sort().map((name) => `&picture=${name}`).join(""))
  }

  async function ask() {
    asking = true
    let again = 0.4
    try {
      for (const url of document.hidden ? [] : question()) {
        const tag = tags.get(url)
        const answer = await fetch(url, { headers: tag ? { "If-None-Match": tag } : {}, cache: "no-store" })
        again = Math.max(again, Number(answer.headers.get("Seesaw-Again")) || (answer.ok ? 2 : 5))
        const refresh = Number(answer.headers.get("Seesaw-Refresh")) || 5
        if (answer.status === 304) continue
        const known = answer.ok ? await answer.json() : { looks: `status ${answer.status}`, pictures: {}, forgotten: [] }
        if (answer.ok) tags.set(url, answer.headers.get("ETag"))
        const study = new URL(url, location.href).searchParams.get("study")
        for (const looker of lookers) if (looker.live.study === study) looker.told(known, refresh)
      }
    } catch {
      again = 2 // no connection: the page itself says so
    }
    asking = false
    clearTimeout(timer)
    if (lookers.size) timer = setTimeout(ask, again * 1000)
  }

  document.addEventListener("visibilitychange", () => !document.hidden && !asking && lookers.size && ask())

  return {
    join(looker) {
      lookers.add(looker)
      tags.clear() // whoever comes new has not heard what the others know
      if (!asking) {
        clearTimeout(timer)
        timer = setTimeout(ask, 400)
      }
    },
    leave(looker) {
      lookers.delete(looker)
    },
  }
})()

function follow(chart, live, told) {
  if (chart.looker && live && JSON.stringify(chart.looker.live) === JSON.stringify(live)) {
    chart.looker.told = told
    return
  }
  if (chart.looker) window.seesawLive.leave(chart.looker)
  chart.looker = live ? { live, told } : undefined
  if (live) window.seesawLive.join(chart.looker)
}
