// Plays the jam with a plain synthesiser of the browser's own, and shows where it is.
"use strict";
const notes = JSON.parse(document.getElementById("notes").textContent);
const rows = [...document.querySelectorAll("svg.row")].map((svg) => ({
  svg,
  from: Number(svg.dataset.from),
  to: Number(svg.dataset.to),
  left: Number(svg.dataset.left),
  right: Number(svg.dataset.right),
}));
const button = document.getElementById("play");
const AHEAD_S = 0.3;
const RELEASE_S = 0.15;
const SILENCE_S = 8; // Nobody wants to hear more of it.
const PAN = [-0.35, 0.35];
const endS = notes.reduce((end, [, start, length]) => Math.max(end, start + length), 0) / 1000;

let audio = null;
let output = null;
let startedAt = 0;
let next = 0;
let position = 0;
let playing = false;
let shown = null;

function sound([part, start, length, key, velocity], at) {
  const frequency = 440 * 2 ** ((key - 69) / 12);
  const loudness = 0.16 * (velocity / 127) ** 1.6;
  const begin = Math.max(at, audio.currentTime);
  const end = begin + Math.max(length / 1000, 0.05);
  const gain = audio.createGain();
  const pan = audio.createStereoPanner();
  pan.pan.value = PAN[part];
  gain.gain.setValueAtTime(0, begin);
  gain.gain.linearRampToValueAtTime(loudness, begin + 0.004);
  // A string dies away, the higher the sooner.
  gain.gain.setTargetAtTime(loudness * 0.1, begin + 0.01, Math.min(2.5, 400 / frequency));
  gain.gain.setTargetAtTime(0, end, RELEASE_S / 3);
  gain.connect(pan).connect(output);
  for (const [multiple, share, shape] of [[1, 0.8, "triangle"], [2, 0.25, "sine"], [3, 0.1, "sine"]]) {
    const partial = audio.createOscillator();
    const level = audio.createGain();
    partial.type = shape;
    partial.frequency.value = frequency * multiple;
    level.gain.value = share;
    partial.connect(level).connect(gain);
    partial.start(begin);
    partial.stop(end + RELEASE_S * 2);
  }
}

function tick() {
  if (!playing) return;
  position = audio.currentTime - startedAt;
  for (; next < notes.length && notes[next][1] / 1000 < position + AHEAD_S; next++) {
    sound(notes[next], startedAt + notes[next][1] / 1000);
  }
  show();
  if (next < notes.length && notes[next][1] / 1000 - position > SILENCE_S) {
    stop();
    position = notes[next][1] / 1000 - 1;
    play();
  } else if (position > endS + 1) {
    stop();
    position = 0;
  } else {
    requestAnimationFrame(tick);
  }
}

function show() {
  for (const row of rows) {
    const inside = row.from <= position && position < row.to;
    row.cursor ??= row.svg.appendChild(document.createElementNS(row.svg.namespaceURI, "path"));
    row.cursor.setAttribute("class", "cursor");
    const box = row.svg.viewBox.baseVal;
    const share = (position - row.from) / (row.to - row.from);
    const x = (row.left + share * (row.right - row.left)) * box.width;
    row.cursor.setAttribute("d", inside ? `M${x.toFixed(1)} 16V${box.height - 28}` : "");
    if (inside && playing && shown !== row) {
      shown = row;
      row.svg.scrollIntoView({ block: "nearest", behavior: "smooth" });
    }
  }
}

function play() {
  audio ??= new AudioContext();
  output = audio.createDynamicsCompressor();
  output.connect(audio.destination);
  startedAt = audio.currentTime + 0.1 - position;
  next = notes.findIndex(([, start]) => start / 1000 >= position);
  if (next < 0) next = notes.length;
  playing = true;
  button.textContent = "Pause";
  requestAnimationFrame(tick);
}

function stop() {
  playing = false;
  // What sounds already ends with the output that it goes to.
  output?.disconnect();
  button.textContent = "Play";
}

button.hidden = notes.length === 0;
button.addEventListener("click", () => (playing ? stop() : play()));
document.addEventListener("keydown", (event) => {
  if (event.code === "Space" && event.target === document.body) {
    event.preventDefault();
    button.click();
  }
});
for (const row of rows) {
  row.svg.addEventListener("click", (event) => {
    const box = row.svg.getBoundingClientRect();
    const share = ((event.clientX - box.left) / box.width - row.left) / (row.right - row.left);
    const wasPlaying = playing;
    if (wasPlaying) stop();
    position = row.from + Math.min(Math.max(share, 0), 1) * (row.to - row.from);
    show();
    if (wasPlaying) play();
  });
}
