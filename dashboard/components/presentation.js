// A presentation of the page that is there: one picture or answer fills the screen, keys go on to the next.

const PICTURES = [
  '[class*="st-key-plot-"]',
  '[data-testid="stPlotlyChart"]',
  ".st-key-seen-examples",
  '[class*="st-key-decision"]',
].join(", ")
const FORWARD = ["ArrowRight", "ArrowDown", "PageDown", " "]
const BACK = ["ArrowLeft", "ArrowUp", "PageUp"]

const shows = new WeakMap()

function slidesOf(page, hidden) {
  const whole = [...page.querySelectorAll(PICTURES)].map((node) => node.closest('[data-testid="stElementContainer"]') ?? node)
  const seen = whole.filter((node) => node.childElementCount && !(hidden && node.closest(hidden)) && !node.closest("details"))
  return [...new Set(seen)]
}

const isBefore = (one, other) => Boolean(one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING)

// The words of a picture: the last heading before it, and the reading aid under it, or else that over it.
function wordsOf(page, slides, place) {
  const slide = slides[place]
  const headings = [...page.querySelectorAll("h1, h2, h3")]
  const heading = headings.filter((node) => isBefore(node, slide)).at(-1)
  const ends = [slides[place + 1], headings.find((node) => isBefore(slide, node))].filter(Boolean)
  const aids = [...page.querySelectorAll('[class*="st-key-explain-"]')]
  const under = aids.find((node) => isBefore(slide, node) && ends.every((end) => isBefore(node, end)))
  const over = aids.filter((node) => isBefore(node, slide) && (!heading || isBefore(heading, node))).at(-1)
  const caption = (under ?? over)?.querySelector('[data-testid="stCaptionContainer"]')
  return [heading?.textContent ?? "", caption?.textContent ?? ""]
}

function show(stage) {
  const page = document.querySelector(".st-key-page")
  if (!page) return
  const slides = slidesOf(page, stage.data.hidden)
  // The same picture as before, where it is still there: others may have come before it.
  const known = slides.indexOf(stage.slide)
  if (known >= 0) stage.place = known
  stage.place = Math.min(Math.max(stage.place, 0), Math.max(slides.length - 1, 0))
  const slide = (stage.slide = slides[stage.place])
  const way = []
  for (let node = slide?.parentElement; node; node = node === page ? null : node.parentElement) way.push(node)
  mark("data-seesaw-way", way)
  mark("data-seesaw-on", slide ? [slide] : [])
  const [heading, aid] = slide ? wordsOf(page, slides, stage.place) : ["", ""]
  say(stage, ".heading", heading)
  say(stage, ".aid", aid)
  say(stage, ".count", slides.length ? `${stage.place + 1} / ${slides.length}` : "")
  stage.count = slides.length
  stage.root.querySelector(".before").disabled = !stage.data.before && stage.place === 0
  stage.root.querySelector(".after").disabled = !stage.data.after && stage.place >= slides.length - 1
}

function mark(name, nodes) {
  for (const node of document.querySelectorAll(`[${name}]`)) if (!nodes.includes(node)) node.removeAttribute(name)
  for (const node of nodes) if (!node.hasAttribute(name)) node.setAttribute(name, "")
}

function say(stage, place, words) {
  const node = stage.root.querySelector(place)
  if (node.textContent !== words) node.textContent = words
}

// Beyond the last picture is the next page, before the first the one before.
function go(stage, step) {
  const place = stage.place + step
  if (place < 0 || place >= stage.count) {
    if (step > 0 ? stage.data.after : stage.data.before) stage.turn(step)
    return
  }
  stage.place = place
  stage.slide = undefined
  show(stage)
}

const isTyping = (event) => event.composedPath()[0]?.closest?.("input, textarea, select, [contenteditable=true], [role=slider]")

function begin(stage, root) {
  stage.root = root
  root.querySelector(".before").addEventListener("click", () => go(stage, -1))
  root.querySelector(".after").addEventListener("click", () => go(stage, 1))
  root.querySelector(".leave").addEventListener("click", () => stage.leave())
  stage.pressed = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return
    if (event.key === "Escape") stage.leave()
    else if (event.key === " " && event.composedPath()[0]?.closest?.("button")) return
    else if (!stage.count && !event.key.endsWith("Left") && !event.key.endsWith("Right")) return // a page to be scrolled
    else if (FORWARD.includes(event.key)) go(stage, 1)
    else if (BACK.includes(event.key)) go(stage, -1)
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  document.addEventListener("keydown", stage.pressed, true)
  // Pictures come, go and are made anew while a page is drawn and while a study trains.
  stage.observer = new MutationObserver(() => {
    cancelAnimationFrame(stage.soon)
    stage.soon = requestAnimationFrame(() => show(stage))
  })
  stage.observer.observe(document.body, { childList: true, subtree: true })
}

export default function ({ data, parentElement, setTriggerValue }) {
  let stage = shows.get(parentElement)
  if (!stage) {
    stage = { place: 0, data }
    shows.set(parentElement, stage)
    begin(stage, parentElement.querySelector(".seesaw-stage"))
  }
  if (stage.data.page !== data.page) Object.assign(stage, { place: 0, slide: undefined })
  stage.data = data
  stage.leave = () => setTriggerValue("left", Date.now())
  stage.turn = (step) => setTriggerValue("turned", step)
  for (const [name, words] of Object.entries(data.words)) {
    const button = stage.root.querySelector(`.${name}`)
    button.setAttribute("aria-label", words)
    button.title = words
  }
  show(stage)
  return () => {
    document.removeEventListener("keydown", stage.pressed, true)
    stage.observer.disconnect()
    cancelAnimationFrame(stage.soon)
    mark("data-seesaw-way", [])
    mark("data-seesaw-on", [])
    shows.delete(parentElement)
  }
}
