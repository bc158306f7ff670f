// Examples with their answers as a table: its box lives as long as its place on the page, so that it stays where it was
// scrolled to while the answers in it change.

const boxes = new WeakMap()

function seen(view, words) {
  const cell = make("td")
  if (view.picture.length) cell.append(painted(view.picture, words))
  if (view.row.length) {
    const list = make("dl", undefined, { title: view.row.map((pair) => pair.join(" ")).join(", ") })
    for (const [name, value] of view.row.slice(0, 4)) list.append(make("dt", name), make("dd", value))
    cell.append(list)
  }
  return cell
}

function line(head, cells) {
  const row = make("tr")
  row.append(...head, ...cells)
  return row
}

function answered(answer, words) {
  const cell = make("td", undefined, { title: answer.title })
  const mark = make("span", "", { class: "mark none" })
  if (answer.right !== null) {
    mark.textContent = answer.right ? "✓" : "✗"
    mark.className = `mark ${answer.right ? "right" : "wrong"}`
    mark.setAttribute("role", "img")
    mark.setAttribute("aria-label", answer.right ? words.right : words.wrong)
  }
  cell.append(mark, answer.words)
  return cell
}

function table(told) {
  const made = make("table")
  const head = make("thead")
  if (told.seen.length) {
    head.append(line([make("td", "", { class: "name", colspan: 2 })], told.seen.map((view) => seen(view, view.alt))))
  }
  for (const field of told.fields) {
    const name = make("th", field.name, { class: "name field", scope: "row", colspan: 2, title: field.name })
    head.append(line([name], field.values.map((words) => make("td", words, { title: words }))))
  }
  made.append(head)
  for (const task of told.tasks) {
    const body = make("tbody")
    const rows = [
      ...(task.seen.length ? [["", task.seen.map((view) => seen(view, view.alt))]] : []),
      [told.words.true, task.truths.map((words) => make("td", words, { class: "truth", title: words }))],
      ...["alone", "together"].map((who) => [told.words[who], task[who].map((answer) => answered(answer, told.words))]),
    ]
    const name = make("th", undefined, { class: "name", scope: "rowgroup", rowspan: rows.length, title: task.question })
    name.style.borderColor = task.color
    name.append(make("b", task.name), make("span", task.question))
    rows.forEach(([words, cells], place) => {
      const who = make(words ? "th" : "td", words, words ? { class: "who", scope: "row" } : { class: "who" })
      body.append(line(place ? [who] : [name, who], cells))
    })
    made.append(body)
  }
  return made
}

export default function ({ data, parentElement }) {
  let box = boxes.get(parentElement)
  if (!box) {
    box = { node: parentElement.querySelector(".seesaw-examples") }
    boxes.set(parentElement, box)
  }
  const show = (figure, alt) => {
    const { scrollLeft, scrollTop } = box.node
    box.node.setAttribute("aria-label", alt)
    box.node.replaceChildren(table(figure.layout.meta.examples))
    box.node.scrollTo(scrollLeft, scrollTop)
    box.node.setAttribute("data-drawn", String(Number(box.node.getAttribute("data-drawn") ?? 0) + 1))
  }
  show(JSON.parse(data.figure), data.alt)
  follow(box, data.live, (answer) => {
    const found = answer.pictures[data.live.picture]
    if (found) show(found.figure, found.alt)
  })
  return () => {
    follow(box, null)
    boxes.delete(parentElement)
  }
}
