// Weights that sum to one, under the hand.

const PARTS = 100
const controls = new WeakMap()

// Whole parts that sum to PARTS, nearest to shares of any sum: the largest remainders are rounded up.
function whole(shares, sum = PARTS) {
  const all = shares.reduce((a, b) => a + b, 0)
  const exact = shares.map((share) => (all > 0 ? (sum * share) / all : sum / shares.length))
  const parts = exact.map(Math.floor)
  const order = exact.map((_, place) => place).sort((a, b) => parts[a] - exact[a] - (parts[b] - exact[b]))
  for (const place of order.slice(0, sum - parts.reduce((a, b) => a + b, 0))) parts[place] += 1
  return parts
}

// One task gets its part; the others share the rest as they did before.
function rebalanced(parts, moved, value) {
  const part = Math.max(0, Math.min(PARTS, value))
  const others = parts.filter((_, place) => place !== moved)
  const shares = whole(others, PARTS - part)
  shares.splice(moved, 0, part)
  return shares
}

const said = (part) => (part / PARTS).toFixed(2)

function move(control, parts, rest) {
  if (parts.join() === control.now.join()) return
  control.now = parts
  draw(control)
  if (rest !== undefined) tell(control, rest)
}

function draggable(control, svg, handle, at) {
  const place = (event) => {
    const point = under(event, svg)
    return at(point.x, point.y)
  }
  svg.onpointerdown = (event) => {
    event.preventDefault()
    svg.setPointerCapture(event.pointerId)
    handle.focus()
    control.held = true
    move(control, place(event))
  }
  svg.onpointermove = (event) => control.held && move(control, place(event))
  svg.onpointerup = svg.onpointercancel = () => {
    if (control.held) tell(control, 0)
    control.held = false
  }
}

function pressed(control, steps) {
  return (event) => {
    const size = event.key.startsWith("Page") ? 10 : 1
    const parts = steps(event.key, control.now, size)
    if (!parts) return
    event.preventDefault()
    event.stopPropagation()
    move(control, parts, REST)
  }
}

function handleOf(control, svg) {
  const handle = made("circle", { r: 9, class: "handle", tabindex: 0, role: "slider", "aria-valuemin": 0 }, svg)
  handle.setAttribute("aria-valuemax", PARTS)
  handle.setAttribute("aria-label", control.data.name)
  return handle
}

function line(control) {
  const ends = document.createElement("div")
  ends.className = "ends"
  const texts = control.data.tasks.map((task) => {
    const end = document.createElement("span")
    end.append(`${task} `)
    end.append(document.createElement("b"))
    ends.append(end)
    return end.lastChild
  })
  control.root.append(ends)
  const svg = made("svg", { viewBox: "-12 -14 224 28" }, control.root)
  made("line", { x1: 0, x2: 200, y1: 0, y2: 0, class: "rail" }, svg)
  const handle = handleOf(control, svg)
  const clamped = (second) => [PARTS - Math.max(0, Math.min(PARTS, second)), Math.max(0, Math.min(PARTS, second))]
  draggable(control, svg, handle, (x) => clamped(Math.round(x / 2)))
  handle.onkeydown = pressed(control, (key, parts, size) => {
    const by = { ArrowRight: 1, ArrowUp: 1, PageUp: 1, ArrowLeft: -1, ArrowDown: -1, PageDown: -1 }[key]
    if (key === "Home" || key === "End") return clamped(key === "Home" ? 0 : PARTS)
    return by && clamped(parts[1] + by * size)
  })
  control.draw = (parts) => {
    handle.setAttribute("cx", 2 * parts[1])
    handle.setAttribute("aria-valuenow", parts[1])
    texts.forEach((text, place) => (text.textContent = said(parts[place])))
    return handle
  }
}

// Corners as in the Trade-off page's triangle: top, bottom left, bottom right.
const CORNERS = [[100, 0], [0, 173.2], [200, 173.2]]

function triangle(control) {
  const svg = made("svg", { viewBox: "-14 -32 228 246" }, control.root)
  made("polygon", { points: CORNERS.map((corner) => corner.join()).join(" "), class: "land" }, svg)
  const anchors = [["middle", -14], ["start", 30], ["end", 30]]
  const texts = control.data.tasks.map((task, place) => {
    const [x, y] = CORNERS[place]
    const where = { x: x + [0, -12, 12][place], y: y + anchors[place][1], "text-anchor": anchors[place][0] }
    const text = made("text", { ...where, fill: "currentColor", "font-size": 14 }, svg)
    return (part) => (text.textContent = `${task} ${said(part)}`)
  })
  const handle = handleOf(control, svg)
  draggable(control, svg, handle, (x, y) => {
    const top = 1 - y / 173.2
    const right = (x - 100 * top) / 200
    return whole([top, 1 - top - right, right].map((share) => Math.max(0, share)))
  })
  handle.onkeydown = pressed(control, (key, parts, size) => {
    if (key === "ArrowUp" || key === "PageUp") return rebalanced(parts, 0, parts[0] + size)
    if (key === "ArrowDown" || key === "PageDown") return rebalanced(parts, 0, parts[0] - size)
    const by = { ArrowRight: Math.min(size, parts[1]), ArrowLeft: -Math.min(size, parts[2]) }[key]
    return by === undefined ? undefined : [parts[0], parts[1] - by, parts[2] + by]
  })
  control.draw = (parts) => {
    for (const [axis, name] of [[0, "cx"], [1, "cy"]])
      handle.setAttribute(name, CORNERS.reduce((sum, corner, place) => sum + (corner[axis] * parts[place]) / PARTS, 0))
    handle.setAttribute("aria-valuenow", parts[0])
    texts.forEach((write, place) => write(parts[place]))
    return handle
  }
}

function sliders(control) {
  const rows = control.data.tasks.map((task, place) => {
    const label = document.createElement("label")
    const head = document.createElement("span")
    const number = document.createElement("b")
    const input = Object.assign(document.createElement("input"), { type: "range", min: 0, max: PARTS, step: 1 })
    head.append(task, number)
    label.append(head, input)
    control.root.append(label)
    input.oninput = () => move(control, rebalanced(control.now, place, Number(input.value)), REST)
    return (part) => {
      number.textContent = said(part)
      input.value = part
      input.setAttribute("aria-valuetext", said(part))
    }
  })
  control.draw = (parts) => rows.forEach((write, place) => write(parts[place]))
}

function draw(control) {
  const handle = control.draw(control.now)
  const words = control.data.tasks.map((task, place) => `${task} ${said(control.now[place])}`).join(", ")
  if (handle) handle.setAttribute("aria-valuetext", words)
  control.root.setAttribute("data-parts", control.now.join())
}

export default function ({ data, parentElement, setTriggerValue }) {
  let control = controls.get(parentElement)
  if (!control) {
    control = { root: parentElement.querySelector(".seesaw-simplex"), sent: [] }
    controls.set(parentElement, control)
  }
  control.data = data
  if (control.refused !== data.refused) {
    // What was told last is not to be: the page's own place is the one that holds.
    control.refused = data.refused
    control.given = undefined
    control.sent = []
  }
  control.send = (parts) => setTriggerValue("moved", parts)
  const shape = data.tasks.join("\n")
  if (control.shape !== shape) {
    control.shape = shape
    control.given = control.now = undefined
    control.root.replaceChildren()
    const build = { 2: line, 3: triangle }[data.tasks.length] ?? sliders
    build(control)
  }
  take(control, data.parts)
  draw(control)
  return () => {
    clearTimeout(control.timer)
    controls.delete(parentElement)
  }
}
