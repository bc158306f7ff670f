// In a presentation a chart fills the screen: it is drawn with less room than there is, and enlarged with type and lines.

const LARGEST = 3 // times its usual size
const LOWEST = 0.62 // of its usual height
const NARROWEST = 600 // pixels before it is enlarged

// Gives a chart's node its size, and says the height that is to be drawn, of the height that is usual.
function fit(node, usual) {
  const stage = node.closest("[data-seesaw-on]")
  let height = usual
  let scale = 1
  if (stage) {
    scale = Math.min(LARGEST, stage.clientHeight / (LOWEST * usual), stage.clientWidth / NARROWEST)
    scale = Math.max(1, scale)
    height = Math.max(stage.clientHeight / scale, LOWEST * usual)
  }
  node.style.width = stage ? `${stage.clientWidth / scale}px` : ""
  node.style.height = `${height}px`
  node.style.transform = stage ? `scale(${scale})` : ""
  node.style.transformOrigin = "0 0"
  return height
}
