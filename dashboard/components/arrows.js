// Two arrows under the hand, downhill for each of two tasks, and what a method makes of them: looked up where the method itself
// was asked, never computed here.

const SCALE = 100 // pixels of the drawing for a gradient of length one
const EDGE = 2.3 // nothing is drawn farther out
const KEYS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1], PageUp: [0, 1], PageDown: [0, -1] }
const controls = new WeakMap()

const told = (words, parts) => words.replace(/\{(\w+)\}/g, (_, name) => parts[name])
const dot = (a, b) => a[0] * b[0] + a[1] * b[1]
const size = (a) => Math.hypot(a[0], a[1])
const nearest = (values, value) =>
  values.reduce((best, each, place) => (Math.abs(each - value) < Math.abs(values[best] - value) ? place : best), 0)

function decoded(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
  return new Int16Array(bytes.buffer)
}

function arrowsAt({ data, now: at }) {
  const length = data.lengths[at[0]]
  return [data.along.map((part) => part * length), [data.places[at[1]], data.places[at[2]]]]
}

// What the method answers there, one step a draw, and the weights where it is they that were asked for.
function answers({ data, table, now: at }, arrows) {
  const { lengths, places, losses } = data
  const steps = []
  for (let draw = 0; draw < data.draws; draw += 1) {
    const place = losses
      ? (draw * losses.length + at[3]) * losses.length + at[4]
      : ((draw * lengths.length + at[0]) * places.length + at[2]) * places.length + at[1]
    const pair = [table[2 * place] / data.unit, table[2 * place + 1] / data.unit]
    const sum = [0, 1].map((axis) => pair[0] * arrows[0][axis] + pair[1] * arrows[1][axis])
    steps.push(losses ? { step: sum, pair } : { step: pair })
  }
  return steps
}

function arrow(parent, name) {
  const group = made("g", { class: `arrow ${name}` }, parent)
  const line = made("line", { x1: 0, y1: 0 }, group)
  const head = made("path", {}, group)
  return (to, color, width, opacity = 1) => {
    const length = size(to)
    const shown = length > EDGE ? to.map((part) => (part * EDGE) / length) : to
    const [x, y] = [SCALE * shown[0], -SCALE * shown[1]]
    const reach = Math.min(15, SCALE * length)
    const [ux, uy] = length > 0 ? [x / (SCALE * size(shown)), y / (SCALE * size(shown))] : [0, 0]
    set(group, { opacity, display: length > 0.005 ? "inline" : "none" })
    set(line, { x2: x - 0.8 * reach * ux, y2: y - 0.8 * reach * uy, stroke: color, "stroke-width": width })
    set(line, { "stroke-dasharray": length > EDGE ? "9 5" : "none" })
    const side = 0.5 * reach
    const back = [x - reach * ux, y - reach * uy]
    const corners = [[x, y], [back[0] - side * uy, back[1] + side * ux], [back[0] + side * uy, back[1] - side * ux]]
    set(head, { d: `M${corners.map((corner) => corner.join()).join("L")}Z`, fill: color })
  }
}

// Words beyond the tip, away from the middle, so that they lie on no line.
function label(text, to, words) {
  const length = size(to) || 1
  const far = Math.min(length, EDGE) + 0.17
  const [x, y] = [(SCALE * far * to[0]) / length, (-SCALE * far * to[1]) / length + 5]
  set(text, { x, y, "text-anchor": Math.abs(to[0]) < 0.35 * length ? "middle" : to[0] > 0 ? "start" : "end" })
  text.textContent = words
}

// Where both losses fall: less than a right angle from either arrow.
function sector(arrows) {
  const [one, two] = arrows.map((a) => Math.atan2(a[1], a[0]))
  const turn = Math.atan2(Math.sin(two - one), Math.cos(two - one))
  const from = one + Math.max(0, turn) - Math.PI / 2
  const to = one + Math.min(0, turn) + Math.PI / 2
  const rim = (angle) => `${SCALE * EDGE * Math.cos(angle)} ${-SCALE * EDGE * Math.sin(angle)}`
  return `M0 0L${rim(from)}A${SCALE * EDGE} ${SCALE * EDGE} 0 0 0 ${rim(to)}Z`
}

function build(control) {
  const { data, root } = control
  const svg = made("svg", { viewBox: "-262 -250 524 500", role: "group" }, root)
  made("circle", { r: SCALE, class: "unit" }, svg)
  const falls = made("path", { class: "falls" }, svg)
  const between = made("line", { class: "between" }, svg)
  const steps = Array.from({ length: data.draws }, () => arrow(svg, "method"))
  const tips = [arrow(svg, "first"), arrow(svg, "second")]
  const names = ["first", "second", "method"].map((name) => made("text", { class: name }, svg))
  const handles = [0, 1].map((task) => {
    const handle = made("circle", { r: 22, class: "handle", tabindex: 0, role: "slider" }, svg)
    set(handle, { "aria-label": data.words.handles[task] })
    handle.onpointerdown = (event) => {
      event.preventDefault()
      handle.setPointerCapture(event.pointerId)
      handle.focus()
      control.held = true
    }
    handle.onpointermove = (event) => {
      if (!control.held || !handle.hasPointerCapture(event.pointerId)) return
      const point = under(event, svg)
      move(control, pulled(control, task, [point.x / SCALE, -point.y / SCALE]))
    }
    handle.onpointerup = handle.onpointercancel = () => {
      if (control.held) tell(control, 0)
      control.held = false
    }
    handle.onkeydown = (event) => {
      const far = event.key.startsWith("Page") || event.shiftKey ? 5 : 1
      const by = KEYS[event.key]
      if (!by) return
      event.preventDefault()
      event.stopPropagation()
      const [across, up] = by.map((part) => part * far)
      const next = [...control.now]
      if (task === 0) next[0] += across + up
      else [next[1], next[2]] = [next[1] + across, next[2] + up]
      move(control, next, REST)
    }
    return handle
  })
  set(handles[0], { "aria-valuemin": data.lengths[0], "aria-valuemax": data.lengths.at(-1) })
  set(handles[1], { "aria-valuemin": -180, "aria-valuemax": 180 })
  const sliders = (data.losses ? data.words.losses : []).map((words, task) => {
    const row = document.createElement("label")
    const number = document.createElement("b")
    const most = data.losses.length - 1
    const input = Object.assign(document.createElement("input"), { type: "range", min: 0, max: most, step: 1 })
    row.append(words, " ", number, input)
    root.append(row)
    input.oninput = () => move(control, Object.assign([...control.now], { [3 + task]: Number(input.value) }), REST)
    return (place) => {
      input.value = place
      number.textContent = data.losses[place].toFixed(1)
      input.setAttribute("aria-valuetext", number.textContent)
    }
  })
  const said = document.createElement("p")
  said.setAttribute("aria-live", "polite")
  root.append(said)
  control.draw = () => {
    const arrows = arrowsAt(control)
    const found = answers(control, arrows)
    const several = found.length > 1
    set(falls, { d: sector(arrows) })
    const [one, two] = arrows.map(([x, y]) => [SCALE * x, -SCALE * y])
    set(between, { x1: one[0], y1: one[1], x2: two[0], y2: two[1] })
    arrows.forEach((each, task) => {
      tips[task](each, data.colors[task], 5)
      label(names[task], each, data.tasks[task])
      set(names[task], { fill: "currentColor" })
      set(handles[task], { cx: SCALE * each[0], cy: -SCALE * each[1] })
    })
    found.forEach(({ step }, draw) => steps[draw](step, data.color, several ? 4 : 7, several ? 0.55 : 1))
    // By lot there are several; the longest is the one that has room for the name.
    const longest = found.reduce((best, each) => (size(each.step) > size(best.step) ? each : best))
    label(names[2], longest.step, size(longest.step) > 0.005 ? data.method : "")
    const angle = angleOf(arrows)
    set(handles[0], { "aria-valuenow": size(arrows[0]).toFixed(1), "aria-valuetext": size(arrows[0]).toFixed(1) })
    const place = { x: arrows[1][0].toFixed(1), y: arrows[1][1].toFixed(1), angle: Math.abs(angle) }
    set(handles[1], { "aria-valuenow": angle, "aria-valuetext": told(data.words.place, place) })
    sliders.forEach((write, task) => write(control.now[3 + task]))
    said.textContent = sentence(control, arrows, found)
    set(svg, { "aria-label": told(data.words.alt, { said: said.textContent }) })
    control.root.setAttribute("data-at", control.now.join())
  }
}

function angleOf([one, two]) {
  const turn = Math.atan2(two[1], two[0]) - Math.atan2(one[1], one[0])
  return Math.round((Math.atan2(Math.sin(turn), Math.cos(turn)) * 180) / Math.PI)
}

function sentence({ data }, arrows, found) {
  const { words } = data
  const cosine = dot(...arrows) / (size(arrows[0]) * size(arrows[1]))
  const angle = Math.abs(angleOf(arrows))
  const parts = [told(Math.abs(cosine) < 0.02 ? words.square : cosine < 0 ? words.conflict : words.agree, { angle })]
  if (found.length > 1) return [...parts, words.lot].join(" ")
  const { step, pair } = found[0]
  // Of a small step the loss falls by its length along the arrow.
  const change = (task) => {
    const fall = dot(arrows[task], step)
    const word = fall > 0.005 ? words.down : fall < -0.005 ? words.up : words.still
    return told(word, { task: data.tasks[task], by: Math.abs(fall).toFixed(2) })
  }
  parts.push(told(words.changes, { first: change(0), second: change(1) }))
  if (pair) parts.push(told(words.weights, { first: pair[0].toFixed(2), second: pair[1].toFixed(2) }))
  if (size(step) > EDGE) parts.push(told(words.cut, { length: size(step).toFixed(1) }))
  return parts.join(" ")
}

function pulled({ data, now: at }, task, point) {
  const next = [...at]
  if (task === 0) next[0] = nearest(data.lengths, dot(point, data.along))
  else [next[1], next[2]] = point.map((part) => nearest(data.places, part))
  return next
}

function move(control, next, rest) {
  const { data } = control
  const most = [data.lengths.length, data.places.length, data.places.length, control.now[3] + 1, control.now[4] + 1]
  if (data.losses) most[3] = most[4] = data.losses.length
  const at = next.map((place, part) => Math.max(0, Math.min(most[part] - 1, place)))
  // An arrow without length points nowhere.
  if (at.join() === control.now.join() || !(data.places[at[1]] || data.places[at[2]])) return
  control.now = at
  control.draw()
  if (rest !== undefined) tell(control, rest)
}

export default function ({ data, parentElement, setTriggerValue }) {
  let control = controls.get(parentElement)
  if (!control) {
    control = { root: parentElement.querySelector(".seesaw-arrows"), sent: [] }
    controls.set(parentElement, control)
  }
  control.send = (at) => setTriggerValue("moved", at)
  take(control, data.at)
  if (control.table64 !== data.table || control.data.method !== data.method || control.data.words.alt !== data.words.alt) {
    control.table64 = data.table
    control.table = decoded(data.table)
    control.data = data
    control.root.replaceChildren()
    build(control)
  }
  control.data = data
  control.draw()
  return () => {
    clearTimeout(control.timer)
    controls.delete(parentElement)
  }
}
