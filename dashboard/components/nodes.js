// Nodes of real words and small pictures. Text from people is only ever text.

function make(name, words, attributes = {}) {
  const node = document.createElement(name)
  if (words !== undefined) node.textContent = words
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value)
  return node
}

// Text of which some pieces are marked, each with its colour and what it is.
function text(pieces, words) {
  const line = make("p", words, { class: "text" })
  for (const piece of pieces) {
    if (!piece.color) {
      line.append(piece.words)
      continue
    }
    const mark = make("mark", piece.words)
    mark.style.setProperty("--hue", piece.color)
    if (piece.label) mark.append(make("small", piece.label))
    if (piece.title) mark.title = piece.title
    line.append(mark)
  }
  return line
}

// A grey or coloured picture of whole numbers from 0 to 255: [channel][line][pixel].
function painted(picture, words) {
  const [height, width] = [picture[0].length, picture[0][0].length]
  const canvas = make("canvas", undefined, { width, height, role: "img", "aria-label": words })
  const paper = canvas.getContext("2d")
  const image = paper.createImageData(width, height)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) image.data[4 * (y * width + x) + c] = picture[picture.length > 2 ? c : 0][y][x]
      image.data[4 * (y * width + x) + 3] = 255
    }
  }
  paper.putImageData(image, 0, 0)
  return canvas
}
