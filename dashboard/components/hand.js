// What is under the hand: the browser moves it, the page hears of it once the hand or the key rests, and what the page answers
// later than that moves nothing back. A control has `held`, `sent`, `given`, a place `now`, and `send`.

const REST = 350 // milliseconds without a key
const SVG = "http://www.w3.org/2000/svg"

function set(node, attributes) {
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value)
}

function made(name, attributes, parent) {
  const node = document.createElementNS(SVG, name)
  set(node, attributes)
  parent.append(node)
  return node
}

// Where the pointer is, in the units of the drawing.
const under = (event, svg) => new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse())

function tell(control, rest) {
  clearTimeout(control.timer)
  control.timer = setTimeout(() => {
    control.timer = undefined
    control.sent.push(control.now.join())
    control.send([...control.now])
  }, rest)
}

// Follow what the page says, unless the hand holds or has told something newer.
function take(control, place) {
  const given = place.join()
  if (control.given === given) return
  control.given = given
  const told = control.sent.indexOf(given)
  control.sent = told < 0 ? [] : control.sent.slice(told + 1)
  if (!control.now || !(control.held || control.timer || control.sent.length)) control.now = [...place]
}
