// A prediction in a picture's own axes: a mark a row, moved along a scale or drawn as a curve; afterwards what came out, beside it.

const controls = new WeakMap()
const ROW = 46 // pixels of a row with its name
const PLAIN = { left: 14, right: 14, top: 4, bottom: 46 }
const UPRIGHT = { left: 56, right: 14, top: 30, bottom: 52, height: 320 }
const NAME = 15 // from a row's top to the foot of its name
const RAIL = 30 // from a row's top to its scale
const LETTER = 7 // pixels, about
const KEYS = { ArrowRight: 1, ArrowUp: 1, PageUp: 5, ArrowLeft: -1, ArrowDown: -1, PageDown: -5 }
const DIAMOND = "M0-9L9 0L0 9L-9 0Z"

const told = (words, parts) => words.replace(/\{(\w+)\}/g, (_, name) => parts[name])
const held = (control, step) => Math.max(0, Math.min(control.data.labels.length - 1, step))
const valueOf = ({ data }, step) => data.low + step * data.step

// Where a value and a row are. Along the scale runs x, or y from below where it stands upright.
function measured(control) {
  const { data, root } = control
  const width = Math.max(240, root.clientWidth)
  const count = data.rows.length
  const room = data.upright ? UPRIGHT : PLAIN
  const height = data.upright ? room.height : room.top + ROW * count + room.bottom
  const high = valueOf(control, data.labels.length - 1)
  const share = (value) => Math.max(-0.02, Math.min(1.02, (value - data.low) / (high - data.low)))
  if (!data.upright) {
    const along = (value) => room.left + share(value) * (width - room.left - room.right)
    return { width, height, room, at: (row, value) => [along(value), room.top + ROW * row + RAIL] }
  }
  const up = (value) => height - room.bottom - share(value) * (height - room.bottom - room.top)
  const across = (row) => room.left + ((row + 0.5) * (width - room.left - room.right)) / count
  return { width, height, room, at: (row, value) => [across(row), up(value)] }
}

function put(control, row, step, rest) {
  if (control.data.locked || control.now[row] === held(control, step)) return
  control.now = control.now.map((before, other) => (other === row ? held(control, step) : before))
  draw(control)
  if (rest !== undefined) tell(control, rest)
}

// The row and the step under the pointer: in a row's own line, or in the column that the hand draws through.
function pointed(control, event) {
  const { data, place, svg } = control
  const point = under(event, svg)
  const [first, last] = [place.at(0, data.low), place.at(0, valueOf(control, data.labels.length - 1))]
  const axis = data.upright ? 1 : 0
  const share = ((axis ? point.y : point.x) - first[axis]) / (last[axis] - first[axis])
  const across = data.upright
    ? ((point.x - place.room.left) * data.rows.length) / (place.width - place.room.left - place.room.right)
    : (point.y - place.room.top) / ROW
  const row = Math.max(0, Math.min(data.rows.length - 1, Math.floor(across)))
  return [row, Math.round(share * (data.labels.length - 1))]
}

function follows(control, svg) {
  svg.onpointerdown = (event) => {
    if (control.data.locked) return
    event.preventDefault()
    svg.setPointerCapture(event.pointerId)
    const [row, step] = pointed(control, event)
    control.held = { row }
    put(control, row, step)
    control.handles[row].focus()
  }
  svg.onpointermove = (event) => {
    if (!control.held) return
    const [row, step] = pointed(control, event)
    put(control, control.data.upright ? row : control.held.row, step)
  }
  svg.onpointerup = svg.onpointercancel = () => {
    if (control.held) tell(control, 0)
    control.held = undefined
  }
}

function scale(control, svg) {
  const { data, place } = control
  const { width, height, room } = place
  for (const [step, words] of data.ticks) {
    const value = valueOf(control, step)
    const [x, y] = place.at(0, value)
    const kind = data.low < 0 && Math.abs(value) < 1e-9 ? "zero" : "tick"
    if (data.upright) {
      made("line", { x1: room.left, x2: width - room.right, y1: y, y2: y, class: kind }, svg)
      made("text", { x: room.left - 8, y: y + 4, "text-anchor": "end", class: "small" }, svg).textContent = words
    } else {
      made("line", { x1: x, x2: x, y1: room.top, y2: height - room.bottom, class: kind }, svg)
      const half = (words.length * LETTER) / 2
      const inside = Math.max(half + 2, Math.min(width - half - 2, x))
      const under = { x: inside, y: height - room.bottom + 16, "text-anchor": "middle", class: "small" }
      made("text", under, svg).textContent = words
    }
  }
  const middle = data.upright ? room.left + (width - room.left - room.right) / 2 : width / 2
  const title = { x: middle, y: height - 8, "text-anchor": "middle", class: "axis" }
  made("text", title, svg).textContent = data.upright ? data.across : data.axis
  if (data.upright) made("text", { x: 4, y: 12, class: "axis" }, svg).textContent = data.axis
  const each = (width - room.left - room.right) / data.rows.length
  const longest = Math.max(...data.rows.map((name) => name.length)) * LETTER + 6
  const every = data.upright ? Math.ceil(longest / each) : 1
  data.rows.forEach((name, row) => {
    const [x, y] = place.at(row, data.low)
    if (!data.upright) {
      made("line", { x1: x, x2: width - room.right, y1: y, y2: y, class: "rail" }, svg)
      made("text", { x, y: y - RAIL + NAME, class: "name" }, svg).textContent = name
    } else if (row % every === 0) {
      made("text", { x, y: height - room.bottom + 18, "text-anchor": "middle", class: "small" }, svg).textContent = name
    }
  })
}

function line(control, svg, values, kind) {
  const known = values.flatMap((value, row) => (value === null ? [] : [control.place.at(row, value).join()]))
  if (known.length > 1) made("path", { d: `M${known.join("L")}`, class: kind }, svg)
}

// What came out: other seeds as small dots, the interval as a bar, the mean as a disc, what it is compared with as a square.
function truth(control, svg) {
  const { truth: found, colors, upright, rows } = control.data
  if (!found) return
  if (upright) line(control, svg, found.beside, "beside")
  if (upright) line(control, svg, found.values, "came")
  rows.forEach((_, row) => {
    const color = colors[row]
    for (const seed of found.dots) {
      if (seed[row] === null) continue
      const [cx, cy] = control.place.at(row, seed[row])
      made("circle", { cx, cy, r: 3, class: "seed", stroke: color }, svg)
    }
    if (found.low[row] !== null && found.high[row] !== null) {
      const [a, b] = [control.place.at(row, found.low[row]), control.place.at(row, found.high[row])]
      made("line", { x1: a[0], y1: a[1], x2: b[0], y2: b[1], class: "interval", stroke: color }, svg)
    }
    if (found.beside[row] !== null) {
      const [x, y] = control.place.at(row, found.beside[row])
      made("rect", { x: x - 4.5, y: y - 4.5, width: 9, height: 9, class: "beside" }, svg)
    }
    if (found.values[row] === null) return
    const [cx, cy] = control.place.at(row, found.values[row])
    made("circle", { cx, cy, r: 6, class: "mean", fill: color }, svg)
  })
}

// A mark in words, and once it is uncovered what came out, at the nearest step.
function both({ data }, row, said) {
  const value = data.truth?.values[row] ?? null
  if (value === null) return said
  const step = Math.max(0, Math.min(data.labels.length - 1, Math.round((value - data.low) / data.step)))
  return told(data.words.came, { said, value: data.labels[step] })
}

function draw(control) {
  const { data, root, now } = control
  const focused = control.handles?.indexOf(root.getRootNode().activeElement) ?? -1
  const place = (control.place = measured(control))
  const fresh = document.createElementNS(SVG, "svg")
  const size = { viewBox: `0 0 ${place.width} ${place.height}`, width: place.width, height: place.height }
  set(fresh, { ...size, role: "group", "aria-label": data.name, class: data.locked ? "locked" : "free" })
  scale(control, fresh)
  const values = now.map((step) => (step === null ? null : valueOf(control, step)))
  if (data.upright) line(control, fresh, values, "yours")
  truth(control, fresh)
  control.handles = data.rows.map((name, row) => {
    const unset = now[row] === null
    const [x, y] = place.at(row, unset ? data.start : values[row])
    // What is only looked at has no mark where nobody placed one.
    if (data.locked && unset) return undefined
    const handle = made("g", { class: unset ? "handle unset" : "handle", transform: `translate(${x} ${y})` }, fresh)
    made("path", { d: DIAMOND, stroke: data.colors[row] }, handle)
    const value = unset ? data.words.unset : both(control, row, data.labels[now[row]])
    set(handle, { role: "slider", "aria-label": told(data.words.row, { row: name, axis: data.axis }), "aria-valuetext": value })
    set(handle, { "aria-valuemin": 0, "aria-valuemax": data.labels.length - 1, "aria-valuenow": now[row] ?? data.first })
    if (data.locked) return set(handle, { "aria-disabled": "true" }), handle
    set(handle, { tabindex: 0 })
    handle.onkeydown = (event) => {
      const last = data.labels.length - 1
      const from = now[row] ?? data.first
      const to = { Home: 0, End: last, Enter: from, " ": from }[event.key] ?? from + KEYS[event.key]
      if (Number.isNaN(to)) return
      event.preventDefault()
      event.stopPropagation()
      put(control, row, to, REST)
    }
    return handle
  })
  follows(control, fresh)
  if (control.svg && control.held) {
    // The hand holds the drawing that is there: its pieces are replaced, not it.
    control.svg.replaceChildren(...fresh.childNodes)
  } else {
    root.querySelector(".picture").replaceChildren(fresh)
    control.svg = fresh
  }
  if (focused >= 0 && !control.data.locked) control.handles[focused].focus()
  root.setAttribute("data-value", now.map((step) => step ?? "").join())
}

export default function ({ data, parentElement, setTriggerValue }) {
  let control = controls.get(parentElement)
  if (!control) {
    control = { root: parentElement.querySelector(".seesaw-predict"), sent: [] }
    control.watch = new ResizeObserver(() => control.now && !control.held && draw(control))
    control.watch.observe(control.root)
    controls.set(parentElement, control)
  }
  control.send = (steps) => setTriggerValue("moved", steps)
  const shape = JSON.stringify([data.rows, data.labels, data.upright])
  if (control.shape !== shape) control.given = control.now = undefined
  control.shape = shape
  control.data = data
  take(control, data.value)
  draw(control)
  return () => {
    clearTimeout(control.timer)
    control.watch.disconnect()
    controls.delete(parentElement)
  }
}
