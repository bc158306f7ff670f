// Tasks in networks, under the hand: a chip a task, a box a network, and an empty one for a new network.

const controls = new WeakMap()
const FAR = 4 // pixels from which on a press is a drag

const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name])

// Numbers without gaps, in their order: a network that nobody is in goes.
function closed(places) {
  const used = [...new Set(places)].sort((a, b) => a - b)
  return places.map((place) => used.indexOf(place))
}

const called = (control, number) =>
  number > Math.max(...control.now) ? control.data.words.fresh : filled(control.data.words.network, { number: number + 1 })

function put(control, task, number, rest) {
  const places = closed(control.now.map((place, other) => (other === task ? number : place)))
  if (places.join() === control.now.join()) return draw(control, task)
  control.now = places
  draw(control, task)
  const mates = control.data.tasks.filter((_, other) => other !== task && places[other] === places[task])
  const words = mates.length ? control.data.words.moved : control.data.words.apart
  control.said.textContent = filled(words, {
    task: control.data.tasks[task],
    network: called(control, places[task]),
    others: mates.join(", "),
  })
  tell(control, rest)
}

function boxUnder(control, event) {
  const middle = (box) => box.getBoundingClientRect()
  return control.boxes.findIndex((box) => {
    const { left, right, top, bottom } = middle(box)
    return event.clientX >= left && event.clientX <= right && event.clientY >= top && event.clientY <= bottom
  })
}

function chipOf(control, task) {
  const chip = make("button", undefined, { type: "button", "data-task": task })
  const dot = make("i")
  dot.style.setProperty("--hue", control.data.colors[task])
  chip.append(dot, make("span", control.data.tasks[task]))
  const network = called(control, control.now[task])
  chip.setAttribute("aria-label", filled(control.data.words.hint, { task: control.data.tasks[task], network }))
  chip.onpointerdown = (event) => {
    chip.setPointerCapture(event.pointerId)
    control.held = { task, x: event.clientX, y: event.clientY }
  }
  chip.onpointermove = (event) => {
    if (control.held?.task !== task) return
    const by = [event.clientX - control.held.x, event.clientY - control.held.y]
    control.held.far ||= Math.hypot(...by) > FAR
    if (!control.held.far) return
    chip.classList.add("held")
    chip.style.transform = `translate(${by[0]}px, ${by[1]}px)`
    const over = boxUnder(control, event)
    control.boxes.forEach((box, number) => box.classList.toggle("over", number === over))
  }
  const end = (event) => {
    const held = control.held
    control.held = undefined
    if (held?.task !== task || !held.far) return
    const over = event.type === "pointerup" ? boxUnder(control, event) : -1
    put(control, task, over < 0 ? control.now[task] : over, 0)
  }
  chip.onpointerup = chip.onpointercancel = end
  chip.onkeydown = (event) => {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key]
    if (!by) return
    event.preventDefault()
    event.stopPropagation()
    const number = control.now[task] + by
    if (number >= 0 && number < control.boxes.length) put(control, task, number, REST)
  }
  return chip
}

function draw(control, focused) {
  const had = focused ?? control.root.getRootNode().activeElement?.dataset?.task
  const count = Math.max(...control.now) + 1
  const room = count < control.data.tasks.length ? 1 : 0
  control.boxes = Array.from({ length: count + room }, (_, number) => {
    const name = called(control, number)
    const box = make("div", undefined, { class: number < count ? "box" : "box new", role: "group", "aria-label": name })
    const chips = make("div", undefined, { class: "chips" })
    chips.append(...control.now.flatMap((place, task) => (place === number ? [chipOf(control, task)] : [])))
    box.append(make("h4", name), chips)
    return box
  })
  control.root.querySelector(".boxes").replaceChildren(...control.boxes)
  control.root.setAttribute("data-value", control.now.join())
  if (had !== undefined) control.root.querySelector(`[data-task="${had}"]`)?.focus()
}

export default function ({ data, parentElement, setTriggerValue }) {
  let control = controls.get(parentElement)
  if (!control) {
    control = { root: parentElement.querySelector(".seesaw-groups"), sent: [] }
    control.said = control.root.querySelector(".said")
    controls.set(parentElement, control)
  }
  control.send = (places) => setTriggerValue("moved", places)
  const shape = JSON.stringify([data.tasks, data.colors, data.words])
  if (control.shape !== shape) control.given = control.now = undefined
  const before = control.now?.join()
  control.data = data
  take(control, data.value)
  if (control.shape !== shape || before !== control.now.join()) draw(control)
  control.shape = shape
  return () => {
    clearTimeout(control.timer)
    controls.delete(parentElement)
  }
}
