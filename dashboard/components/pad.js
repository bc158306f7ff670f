// Squares to draw on, light on dark, with mouse, pen or finger. The page hears of a drawing once the hand lifts.

const boxes = new WeakMap()
const INK = 0.11 // width of a stroke, as a part of the square

function clear(pad) {
  pad.paper.fillStyle = "#000"
  pad.paper.fillRect(0, 0, pad.canvas.width, pad.canvas.height)
  pad.drawn = false
}

function place(event, canvas) {
  const box = canvas.getBoundingClientRect()
  return [((event.clientX - box.left) / box.width) * canvas.width, ((event.clientY - box.top) / box.height) * canvas.height]
}

function stroke(pad, [x, y]) {
  const [fromX, fromY] = pad.at ?? [x, y]
  Object.assign(pad.paper, { strokeStyle: "#fff", lineWidth: INK * pad.canvas.width, lineCap: "round", lineJoin: "round" })
  pad.paper.beginPath()
  pad.paper.moveTo(fromX, fromY)
  pad.paper.lineTo(x, y)
  pad.paper.stroke()
  pad.at = [x, y]
  pad.drawn = true
}

// Shades from 0 to 255, row by row, of as many pixels as the page asks for.
function shades(pad, side) {
  const small = new OffscreenCanvas(side, side).getContext("2d", { willReadFrequently: true })
  small.imageSmoothingQuality = "high"
  small.drawImage(pad.canvas, 0, 0, side, side)
  return Array.from(small.getImageData(0, 0, side, side).data).filter((_, byte) => byte % 4 === 0)
}

function build(box, data) {
  const tell = () => box.send(box.pads.map((pad) => (pad.drawn ? shades(pad, data.side) : [])))
  box.pads = data.pads.map((words) => {
    const canvas = make("canvas", undefined, { width: 280, height: 280, role: "img", "aria-label": words.alt })
    const pad = { canvas, paper: canvas.getContext("2d", { willReadFrequently: true }) }
    clear(pad)
    canvas.onpointerdown = (event) => {
      event.preventDefault()
      canvas.setPointerCapture(event.pointerId)
      pad.held = true
      pad.at = undefined
      stroke(pad, place(event, canvas))
    }
    canvas.onpointermove = (event) => {
      if (pad.held) for (const each of event.getCoalescedEvents?.() ?? [event]) stroke(pad, place(each, canvas))
    }
    canvas.onpointerup = canvas.onpointercancel = () => {
      if (pad.held) tell()
      pad.held = false
    }
    return pad
  })
  const figures = data.pads.map((words, number) => {
    const figure = make("figure")
    const wipe = make("button", words.clear, { type: "button" })
    wipe.onclick = () => {
      clear(box.pads[number])
      tell()
    }
    const line = make("figcaption")
    line.append(make("span", words.name), wipe)
    figure.append(box.pads[number].canvas, line)
    return figure
  })
  box.root.replaceChildren(...figures)
}

export default function ({ data, parentElement, setStateValue }) {
  let box = boxes.get(parentElement)
  if (!box) {
    box = { root: parentElement.querySelector(".seesaw-pads") }
    boxes.set(parentElement, box)
  }
  box.send = (drawn) => setStateValue("drawn", drawn)
  const wanted = JSON.stringify(data)
  if (box.wanted !== wanted) {
    box.wanted = wanted
    build(box, data)
  }
  return () => boxes.delete(parentElement)
}
