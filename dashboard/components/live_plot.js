// One chart node that lives as long as its place on the page: new figures flow into it through Plotly.react, so that a
// zoom, a hidden trace or a hover survives every update.

const NARROW = 560 // pixels
const charts = new WeakMap()

function loadPlotly(url) {
  if (window.Plotly) return Promise.resolve(window.Plotly)
  // Several charts share one download.
  window.seesawPlotly ??= new Promise((resolve, reject) => {
    const script = document.createElement("script")
    script.src = url
    script.onload = () => resolve(window.Plotly)
    script.onerror = () => {
      window.seesawPlotly = undefined
      reject(new Error("plotly.min.js could not be loaded"))
    }
    document.head.append(script)
  })
  return window.seesawPlotly
}

function themeOf(node) {
  const style = getComputedStyle(node)
  const read = (name, fallback) => {
    const value = style.getPropertyValue(name).trim()
    return value && value !== "unset" ? value : fallback
  }
  return {
    text: read("--st-text-color", "#1f2933"),
    ground: read("--st-background-color", "#ffffff"),
    panel: read("--st-secondary-background-color", "#f4f6f8"),
    line: read("--st-border-color-light", read("--st-border-color", "#d7dde3")),
    font: style.fontFamily || "sans-serif",
  }
}

// What a figure leaves open is filled from the page's theme; what it says itself stays.
function template(theme) {
  const axis = {
    gridcolor: theme.line,
    linecolor: theme.line,
    tickcolor: theme.line,
    zerolinecolor: theme.line,
    zeroline: false,
    automargin: true,
    title: { standoff: 10 },
  }
  const ternary = { gridcolor: theme.line, linecolor: theme.line }
  return {
    layout: {
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: theme.font, color: theme.text, size: 13 },
      hoverlabel: { bgcolor: theme.panel, bordercolor: theme.line, font: { family: theme.font, color: theme.text } },
      modebar: { bgcolor: "rgba(0,0,0,0)", color: theme.line, activecolor: theme.text },
      xaxis: axis,
      yaxis: axis,
      ternary: { bgcolor: "rgba(0,0,0,0)", aaxis: ternary, baxis: ternary, caxis: ternary },
    },
  }
}

// On a phone a figure may say that it stands in another way: parts of its layout, axis by axis.
const isNarrow = (chart) => Boolean(chart.data.figure.layout.meta?.narrow) && chart.node.clientWidth < NARROW

const usual = (chart) => (chart.narrow ? chart.data.figure.layout.meta.narrow.height : chart.data.height)

function laidOut(figure, narrow) {
  const layout = { ...figure.layout }
  if (!narrow) return layout
  for (const [name, part] of Object.entries(figure.layout.meta.narrow))
    layout[name] = part && part.constructor === Object ? { ...layout[name], ...part } : part
  return layout
}

function draw(chart) {
  const { figure } = chart.data
  const theme = themeOf(chart.node)
  chart.narrow = isNarrow(chart)
  const laid = laidOut(figure, chart.narrow)
  const height = fit(chart.node, usual(chart))
  const layout = { ...laid, template: template(theme), height, autosize: true }
  layout.uirevision ??= chart.data.key
  layout.margin ??= { l: 56, r: 16, t: 24, b: 44 }
  if (window.matchMedia("(prefers-reduced-motion: reduce)").matches) layout.transition = { duration: 0 }
  const config = { ...chart.data.config, responsive: false, doubleClick: "reset+autosize" }
  if (chart.narrow) config.displayModeBar = false // its buttons would lie on the words
  const drawn = window.Plotly.react(chart.node, figure.data, layout, config)
  if (!figure.frames?.length) return drawn
  const old = (chart.node._transitionData?._frames ?? []).map((_, place) => place)
  return drawn
    .then(() => window.Plotly.deleteFrames(chart.node, old))
    .then(() => window.Plotly.addFrames(chart.node, figure.frames))
}

function show(chart, figure, alt) {
  chart.data = { ...chart.data, figure }
  chart.node.setAttribute("aria-label", alt)
  // Drawings queue up one behind the other; each draws what is newest when its turn comes.
  chart.ready = chart.ready
    .then(() => loadPlotly(chart.data.source))
    .then(() => (chart.gone ? undefined : draw(chart)))
    .then(() => listen(chart))
    .then(() => chart.node.setAttribute("data-drawn", String(Number(chart.node.getAttribute("data-drawn") ?? 0) + 1)))
    .catch((problem) => {
      chart.node.textContent = `${chart.data.failed} ${problem.message}`
    })
}

function listen(chart) {
  if (chart.gone || chart.listens || !chart.data.clicks) return
  chart.listens = true
  chart.node.on("plotly_click", ({ points: [point] }) => chart.send([point.x, point.y]))
}

function plot({ data, parentElement, setTriggerValue }) {
  let chart = charts.get(parentElement)
  if (!chart) {
    chart = { node: parentElement.querySelector(".seesaw-plot"), ready: Promise.resolve() }
    charts.set(parentElement, chart)
    chart.observer = new ResizeObserver(() => {
      fit(chart.node, usual(chart))
      if (!chart.node._fullLayout || !chart.node.clientWidth) return
      if (isNarrow(chart) === chart.narrow) window.Plotly.Plots.resize(chart.node)
      else show(chart, chart.data.figure, chart.data.alt)
    })
    chart.observer.observe(chart.node)
    const around = chart.node.closest('[data-testid="stElementContainer"]')
    if (around) chart.observer.observe(around)
  }
  chart.data = data
  chart.send = (place) => setTriggerValue("clicked", place)
  if (!chart.narrow) fit(chart.node, data.height)
  // Not an image: it has buttons of its own, which the keyboard must reach.
  chart.node.setAttribute("role", "figure")
  show(chart, JSON.parse(data.figure), data.alt)
  follow(chart, data.live, (answer) => {
    const found = answer.pictures[data.live.picture]
    if (found) show(chart, found.figure, found.alt)
  })
  return () => {
    chart.gone = true
    chart.observer.disconnect()
    follow(chart, null)
    charts.delete(parentElement)
    if (window.Plotly) window.Plotly.purge(chart.node)
  }
}

function progress({ data, parentElement, setTriggerValue }) {
  let bar = charts.get(parentElement)
  if (!bar) {
    const find = (name) => parentElement.querySelector(`.seesaw-${name}`)
    bar = { words: find("words"), track: find("track"), done: find("done") }
    charts.set(parentElement, bar)
    bar.track.setAttribute("role", "progressbar")
    bar.track.setAttribute("aria-valuemin", "0")
    bar.track.setAttribute("aria-valuemax", "100")
  }
  const tell = (share, words) => {
    bar.words.textContent = words
    bar.done.style.width = `${100 * share}%`
    bar.track.setAttribute("aria-valuenow", String(Math.round(100 * share)))
    bar.track.setAttribute("aria-label", words)
  }
  tell(data.progress, data.words)
  bar.asked = undefined
  const ran = Date.now()
  follow(bar, data.live, (answer, refresh) => {
    if (answer.words !== undefined) tell(answer.progress, answer.words)
    const old = data.ages && Date.now() - ran > 1000 * refresh ? "old" : ""
    const other = answer.looks !== data.looks ? answer.looks : answer.forgotten.join(" ") || old
    // Once for each change: the page takes a moment to come.
    if (other && other !== bar.asked) setTriggerValue("changed", `${(bar.asked = other)} ${ran}`)
  })
  return () => {
    follow(bar, null)
    charts.delete(parentElement)
  }
}

export default function (component) {
  return component.parentElement.querySelector(".seesaw-plot") ? plot(component) : progress(component)
}
