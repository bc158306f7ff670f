// What networks answer to one input: a card a network, in it a part a task, with words of the text marked where they are meant.

function chance(words) {
  return make("span", words, { class: "chance" })
}

function head(task) {
  const line = make("h4")
  line.append(make("b", task.name), make("span", task.question))
  return line
}

function answer(task, words) {
  const line = make("p", undefined, { class: "answer" })
  if (task.right !== null) {
    const mark = make("span", task.right ? "✓" : "✗", { class: `mark ${task.right ? "right" : "wrong"}`, role: "img" })
    mark.setAttribute("aria-label", task.right ? words.right : words.wrong)
    line.append(mark)
  }
  line.append(make("strong", task.answer))
  if (task.chance) line.append(chance(task.chance))
  return line
}

function bars(choices, color) {
  const list = make("ul")
  for (const choice of choices) {
    const item = make("li")
    const track = make("i")
    const bar = make("i")
    bar.style.width = `${Math.round(100 * choice.share)}%`
    bar.style.background = color
    track.append(bar)
    item.append(make("span", choice.name, { title: choice.name }), track, chance(choice.chance))
    list.append(item)
  }
  return list
}

function part(task, words) {
  const box = make("section")
  box.style.borderColor = task.color
  box.append(head(task))
  if (task.answer || task.right !== null) box.append(answer(task, words))
  if (task.pieces.length) box.append(text(task.pieces))
  if (task.picture.length) box.append(painted(task.picture, task.name))
  if (task.grid.length) box.append(make("pre", task.grid.join("\n")))
  if (task.choices.length) box.append(bars(task.choices, task.color))
  if (task.truth) box.append(make("p", task.truth, { class: "truth" }))
  if (task.truthPicture.length) box.append(painted(task.truthPicture, task.truth))
  if (task.truthPieces.length) box.append(text(task.truthPieces))
  return box
}

function card(network, words) {
  const box = make("article", undefined, { "aria-label": network.name })
  const top = make("h3")
  top.append(make("b", network.name), chance(network.took))
  box.append(top)
  if (network.reason) box.append(make("p", network.reason, { class: "reason" }))
  box.append(...network.tasks.map((task) => part(task, words)))
  return box
}

export default function ({ data, parentElement }) {
  const node = parentElement.querySelector(".seesaw-replies")
  const parts = []
  if (data.picture.length || data.given || data.sound || data.silent) {
    const given = make("div", undefined, { class: "given" })
    if (data.picture.length) given.append(painted(data.picture, data.seen))
    if (data.sound) given.append(make("audio", undefined, { controls: "", src: data.sound, "aria-label": data.heard }))
    for (const words of [data.given, data.silent]) if (words) given.append(make("span", words))
    parts.push(given)
  }
  const cards = make("div", undefined, { class: "cards" })
  cards.append(...data.networks.map((network) => card(network, data.words)))
  node.setAttribute("aria-label", data.alt)
  node.replaceChildren(...parts, cards)
  node.setAttribute("data-drawn", data.drawn)
}
