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

// Of bytes that are classes with colours, greys, or the colours of directions.
function mapped({ size: [height, width], bytes, colours }, words) {
  const found = Uint8Array.from(atob(bytes), (sign) => sign.charCodeAt(0))
  const plane = (value) =>
    Array.from({ length: height }, (_, y) => Array.from({ length: width }, (_, x) => value(y * width + x)))
  const colour = (id, c) => (id === 255 ? 0 : colours[id % colours.length][c])
  const channels = colours.length ? 3 : found.length / (height * width)
  return painted(
    Array.from({ length: channels }, (_, c) =>
      plane((at) => (colours.length ? colour(found[at], c) : found[c * height * width + at])),
    ),
    words,
  )
}

const FINE = 6

function boxed([left, top, right, bottom], picture, words) {
  const below = painted(picture, words)
  const [width, height] = [below.width * FINE, below.height * FINE]
  const canvas = make("canvas", undefined, { width, height, role: "img", "aria-label": words })
  canvas.style.imageRendering = "auto" // finer than the screen, so lines would lose pixels
  const paper = canvas.getContext("2d")
  paper.imageSmoothingEnabled = false
  paper.drawImage(below, 0, 0, width, height)
  for (const [color, wide] of [["#000", FINE + 4], ["#fff", FINE]]) {
    Object.assign(paper, { strokeStyle: color, lineWidth: wide })
    paper.strokeRect(left * width, top * height, (right - left) * width, (bottom - top) * height)
  }
  return canvas
}

// What is drawn of an answer that is more than a class or a number; else its words.
function drawn(answer, view) {
  if (answer.map) return mapped(answer.map, answer.words)
  if (answer.box && view?.picture.length) return boxed(answer.box, view.picture, answer.words)
  if (answer.grid?.length) return make("pre", answer.grid.join("\n"))
  if (answer.pieces?.length) return text(answer.pieces)
  return answer.words
}

function answered(answer, words, view) {
  const cell = make("td", undefined, { title: answer.title })
  if (answer.map || answer.box || answer.grid) {
    cell.className = "drawn"
    cell.append(drawn(answer, view))
    return cell
  }
  const mark = make("span", "", { class: "mark none" })
  if (answer.right !== null) {
    mark.textContent = answer.right ? "✓" : "✗"
    mark.className = `mark ${answer.right ? "right" : "wrong"}`
    mark.setAttribute("role", "img")
    mark.setAttribute("aria-label", answer.right ? words.right : words.wrong)
  }
  cell.append(mark, drawn(answer, view))
  return cell
}

function truth(words, answer, view) {
  const cell = make("td", undefined, { class: answer?.map || answer?.box ? "truth drawn" : "truth", title: answer?.title ?? words })
  cell.append(answer ? drawn(answer, view) : words)
  return cell
}

function table(told) {
  const made = make("table", undefined, told.long ? { class: "long" } : {})
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
    const view = (place) => (task.seen.length ? task.seen : told.seen)[place]
    const rows = [
      ...(task.seen.length ? [["", task.seen.map((view) => seen(view, view.alt))]] : []),
      [told.words.true, task.truths.map((words, place) => truth(words, task.cells?.[place], view(place)))],
      ...["alone", "together"].map((who) => [
        told.words[who],
        task[who].map((answer, place) => answered(answer, told.words, view(place))),
      ]),
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
