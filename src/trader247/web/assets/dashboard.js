// The dashboard's script: one stream in, the page out. Text only ever enters as text, never as markup.
"use strict";

const byId = (id) => document.getElementById(id);
const STORY_MAX = 200;
const EQUITY_MAX = 2400;
const FIRED = "good", NEAR = "warn";
const memory = { picture: null, equity: [], open: new Set(), prices: new Map(), drawn: new Map(), token: "", act: "" };

/* ------------------------------------------------------------------------------------------------ small things */
function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

// Replaces the content of an element, unless what it shows has not changed; keeps the keyboard's place.
function show(id, seen, build) {
  const text = JSON.stringify(seen);
  if (memory.drawn.get(id) === text) return;
  memory.drawn.set(id, text);
  const element = byId(id);
  const key = element.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  element.replaceChildren(...build());
  if (key) element.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
}

function say(id, text) {
  const element = byId(id);
  if (element.textContent !== text) element.textContent = text;
}

const number = (value) => (value === null || value === undefined ? NaN : Number(value));

function amount(value, places = 2) {
  const n = number(value);
  if (!Number.isFinite(n)) return "–";
  const tiny = n !== 0 && Math.abs(n) < 0.1;
  return n.toLocaleString("en-US", tiny ? { maximumSignificantDigits: 4 } : { minimumFractionDigits: places, maximumFractionDigits: places });
}

// A price has six significant digits and two decimals at least: 61,234.50 and 0.16234.
function price(value) {
  const n = number(value);
  if (!Number.isFinite(n)) return "–";
  const places = n ? Math.min(20, Math.max(2, 5 - Math.floor(Math.log10(Math.abs(n))))) : 2;
  return n.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: places });
}

function quantity(value) {
  const n = number(value);
  return Number.isFinite(n) ? n.toLocaleString("en-US", { maximumFractionDigits: 8 }) : "–";
}

const signed = (value, unit = "") => {
  const n = number(value);
  if (!Number.isFinite(n)) return "–";
  return `${n > 0 ? "+" : n < 0 ? "−" : ""}${amount(Math.abs(n))}${unit}`;
};
const tone = (value) => (number(value) > 0 ? "up" : number(value) < 0 ? "down" : "");

function span(seconds) {
  if (seconds === null || seconds === undefined) return "";
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

const clockOf = (at) => (at ? at.slice(11, 19) : "");

/* ---------------------------------------------------------------------------------------------------- a line plot */
const SVG = "http://www.w3.org/2000/svg";
function shape(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

function plot(element, points, marks = [], told = amount) {
  element.replaceChildren();
  if (points.length < 2) {
    element.append(make("p", { class: "empty" }, "A line appears once there are two points."));
    return;
  }
  const times = points.map((p) => p.t), values = points.map((p) => p.v);
  const [t0, t1] = [times[0], times[times.length - 1]];
  let [low, high] = [Math.min(...values), Math.max(...values)];
  const room = (high - low || Math.abs(high) * 0.0005 || 1) * 0.12;
  low -= room; high += room;
  const x = (t) => ((t - t0) / (t1 - t0 || 1)) * 1000;
  const y = (v) => 200 - ((v - low) / (high - low)) * 200;
  const svg = shape("svg", { viewBox: "0 0 1000 200", preserveAspectRatio: "none", "aria-hidden": "true" });
  for (const at of [0, 100, 200]) svg.append(shape("line", { class: "grid", x1: 0, x2: 1000, y1: at, y2: at }));
  const path = points.map((p, i) => `${i ? "L" : "M"}${x(p.t).toFixed(1)} ${y(p.v).toFixed(1)}`).join("");
  svg.append(shape("path", { class: "fill", d: `${path}L1000 200L0 200Z` }));
  svg.append(shape("path", { class: "line", d: path }));
  element.append(svg);
  for (const [place, value] of [["top:-9px", high], ["bottom:-9px", low]]) {
    const tick = make("span", { class: "tick" }, told(value));
    tick.style.cssText = `${place};left:0`;
    element.append(tick);
  }
  for (const mark of marks.filter((m) => m.t >= t0 && m.t <= t1)) {
    const dot = make("span", { class: "mark", "data-side": mark.side, title: mark.title });
    dot.style.left = `${x(mark.t) / 10}%`;
    dot.style.top = `${Math.max(0, Math.min(200, y(mark.v))) / 2}%`;
    element.append(dot);
  }
}

/* ------------------------------------------------------------------------------------------------------ the cards */
function drawTop(status) {
  const state = status.state;
  document.documentElement.dataset.state = state;
  document.title = `${state} · ${status.mode || "starting"} · trader247`;
  byId("state").dataset.state = state;
  say("state", state);
  say("mode", status.mode || "STARTING");
  say("venue", status.venue || "no venue yet");
  say("clock", `${clockOf(status.now)} UTC${status.uptime_s === null ? "" : ` · up ${span(status.uptime_s)}`}`);
  const banner = byId("banner");
  banner.hidden = !status.halt;
  if (status.halt) say("banner", `Halted since ${clockOf(status.halt.at)} by ${status.halt.by}: ${status.halt.reason}`);
  byId("halt").hidden = state === "HALTED";
  byId("resume").hidden = state !== "HALTED";
  byId("pause").hidden = state !== "ACTIVE";
  byId("activate").hidden = state !== "REDUCING";
  if (status.config_hash) say("run", `configuration ${status.config_hash} · run ${status.epoch}`);
}

function drawAccount(status) {
  const account = status.account;
  if (!account) return;
  say("nlv", `$${amount(account.nlv)}`);
  const today = byId("today");
  today.className = `delta ${tone(account.today_pct)}`;
  say("today", `${signed(account.today_pct, " %")} today`);
  say("equity-note", account.books_ready ? "" : "waiting for the venue to confirm the books");
  const rows = [
    ["Cash", `$${amount(account.cash)}`], ["Realised today", signed(account.realised_today), tone(account.realised_today)],
    ["Unrealised", signed(account.unrealised), tone(account.unrealised)], ["Exposure", `${amount(account.exposure_pct)} %`],
    ["Drawdown", `${amount(account.drawdown_pct)} %`, account.drawdown_pct > 0 ? "down" : ""],
  ];
  show("facts", rows, () => rows.map(([name, value, hue]) => make("div", {}, make("dt", {}, name), make("dd", { class: hue || "" }, value))));
  const t = Date.parse(status.now), v = number(account.nlv), line = memory.equity;
  if (account.books_ready && (!line.length || t > line[line.length - 1].t)) line.push({ t, v });
  if (line.length > EQUITY_MAX) memory.equity = line.filter((_, i) => i % 2 === 0 || i === line.length - 1);
  plot(byId("equity"), memory.equity);
}

function drawPermit(permit) {
  show("grants", [permit.entry, permit.exit], () => ["entry", "exit"].map((grade) =>
    make("span", { class: "gate", "data-tone": permit[grade] ? "good" : "bad" }, `${grade} ${permit[grade] ? "granted" : "refused"}`)));
  show("guards", permit.panel, () => permit.panel.length ? permit.panel.map((line) =>
    make("li", { "data-yes": line.yes ? "yes" : "no" },
      make("span", { class: "dot", "data-tone": line.yes ? "good" : "bad" }),
      make("span", { class: "name" }, line.guard.replaceAll("_", " ")),
      make("span", { class: "why" }, line.reason || ""),
      make("span", { class: "age" }, line.age_s === null ? "never" : span(line.age_s)))) : [make("li", { class: "empty" }, "No permit was granted yet.")]);
}

const GATE_TONE = { nothing: "good", position: "good", working_order: "good", filter: "", trigger: "", withheld: "", refused: "warn", strategy: "warn", universe: "warn" };
const gateTone = (gate) => (gate in GATE_TONE ? GATE_TONE[gate] : "bad");

// A breakout's reading is a distance, which has to be small.
function readingText(reading) {
  const [value, threshold] = [reading.value.toFixed(2), reading.threshold.toFixed(2)];
  return reading.trigger === "breakout" ? `${value} ${reading.unit}, at most ${threshold}` : `${value} of ${threshold} ${reading.unit}`;
}

function readingBars(view) {
  const cells = [];
  for (const reading of view.readings) {
    const ratio = reading.threshold ? Math.abs(reading.value / reading.threshold) : 0;
    const share = reading.fired ? 1 : ratio > 1 ? 1 / ratio : ratio;  // some want to be under their threshold
    const bar = make("span", { class: "bar", "data-tone": reading.fired ? FIRED : share > 0.8 ? NEAR : "" });
    const svg = shape("svg", { viewBox: "0 0 100 6", preserveAspectRatio: "none", "aria-hidden": "true" });
    svg.append(shape("rect", { width: (share * 100).toFixed(1), height: 6 }));
    bar.append(svg);
    cells.push(make("span", {}, reading.trigger.replaceAll("_", " ")), bar,
      make("span", { class: "note" }, `${readingText(reading)}${reading.fired ? ", fired" : ""}`));
  }
  return cells.length ? make("div", { class: "bars" }, ...cells) : null;
}

function detailOf(row, view) {
  const box = make("div", { class: "detail", id: `d-${row.symbol}` });
  box.append(make("p", { class: "change" }, make("b", {}, "What would have to change: "), row.change));
  if (view) {
    const bars = readingBars(view);
    if (bars) box.append(bars);
  }
  const line = make("div", { class: "plot small", role: "img", "aria-label": `Price of ${row.symbol} over this run` });
  box.append(line);
  const known = memory.prices.get(row.symbol) || [];
  const fills = (memory.picture.fills || []).filter((f) => f.symbol === row.symbol)
    .map((f) => ({ t: Date.parse(f.at), v: number(f.price), side: f.side, title: `${f.side} ${f.quantity} @ ${f.price}` }));
  plot(line, known, fills, price);
  return box;
}

async function turn(symbol) {
  if (memory.open.delete(symbol)) { drawWhy(memory.picture); return; }
  memory.open.add(symbol);
  drawWhy(memory.picture);
  try {
    const answer = await fetch(`/api/v1/prices/${encodeURIComponent(symbol)}`);
    const told = await answer.json();
    memory.prices.set(symbol, told.prices.map((p) => ({ t: Date.parse(p.at), v: number(p.mid) })));
    drawWhy(memory.picture);
  } catch { /* the stream shows that the daemon is gone */ }
}

function drawWhy(picture) {
  const views = new Map(((picture.status.cycle || {}).instruments || []).map((view) => [view.symbol, view]));
  const rows = picture.why.map((row) => ({ ...row, mid: (picture.quotes[row.symbol] || {}).mid, open: memory.open.has(row.symbol) }));
  const seen = rows.map((row) => (row.open ? [row, views.get(row.symbol), (memory.prices.get(row.symbol) || []).length] : row));
  show("why", seen, () => rows.length ? rows.map((row) => make("li", {},
    make("button", { type: "button", class: "row", "aria-expanded": row.open ? "true" : "false", "aria-controls": row.open ? `d-${row.symbol}` : null,
      "data-key": `why-${row.symbol}`, onclick: () => turn(row.symbol) },
      make("span", { class: "symbol" }, row.symbol), make("span", { class: "mid" }, row.mid ? price(row.mid) : "–"),
      make("span", { class: "gate", "data-tone": gateTone(row.gate) }, row.gate.replaceAll("_", " ")),
      make("span", { class: "say" }, row.text), make("span", { class: "turn", "aria-hidden": "true" }, "›")),
    row.open ? detailOf(row, views.get(row.symbol)) : null)) : [make("li", { class: "empty" }, "No instrument is known yet.")]);
  const cycle = picture.status.cycle;
  say("cycle-note", cycle ? `cycle ${cycle.number}, ${cycle.regime}, ${span(cycle.age_s)} ago · next in ${span(cycle.next_s)}` : "no cycle yet");
}

const STATE_TONE = { up: "good", starting: "warn", restarting: "warn", stopping: "warn", down: "bad", stuck: "bad" };

function branch(node, chaos) {
  const box = node.mailbox, worker = node.kind === "worker";
  const side = make("span", { class: "side" });
  if (node.state !== "up") side.append(make("span", {}, node.due_s === null ? node.state : `${node.state} in ${span(node.due_s)}`));
  if (node.restarts) side.append(make("span", { title: "restarts" }, `↻ ${node.restarts}`));
  if (box) side.append(make("span", { title: `mailbox: ${box.depth} of ${box.capacity} wait, at most ${box.high_water} did` }, `▤ ${box.depth}`));
  if (node.uptime_s !== null) side.append(make("span", { title: "up" }, span(node.uptime_s)));
  if (worker && chaos) side.append(make("button", { type: "button", class: "small", "data-key": `crash-${node.name}`, title: `crash ${node.name}, to see it restarted`, onclick: () => ask("crash", node.name) }, "crash"));
  const line = make("div", { class: "node" }, make("span", { class: "dot", "data-tone": STATE_TONE[node.state] || "" }), make("span", { class: "name", title: node.strategy || "" }, node.name.replaceAll("_", " ")), side);
  if (node.last_error && worker) line.append(make("span", { class: "err" }, node.last_error));
  const item = make("li", { class: node.kind }, line);
  if (node.children.length) item.append(make("ul", {}, ...node.children.map((child) => branch(child, chaos))));
  return item;
}

function workersOf(node) { return node.kind === "worker" ? [node] : node.children.flatMap(workersOf); }

function drawTree(tree, chaos) {
  const steady = (node) => ({ ...node, uptime_s: node.uptime_s === null ? null : span(Math.floor(node.uptime_s)), progress_age_s: 0, busy_for_s: 0, mailbox: node.mailbox && [node.mailbox.depth, node.mailbox.high_water], children: node.children.map(steady) });
  show("tree", [steady(tree), chaos], () => [branch(tree, chaos)]);
  const workers = workersOf(tree), up = workers.filter((worker) => worker.state === "up").length;
  say("tree-note", `${up} of ${workers.length} up`);
}

function table(id, columns, rows, empty) {
  show(id, rows, () => {
    if (!rows.length) return [make("tbody", {}, make("tr", {}, make("td", { class: "empty" }, empty)))];
    const head = make("thead", {}, make("tr", {}, ...columns.map(([name, , kind]) => make("th", { class: kind || "", scope: "col" }, name))));
    const body = rows.map((row) => make("tr", {}, ...columns.map(([, cell, kind]) => { const made = cell(row); return make("td", { class: kind || "" }, ...(Array.isArray(made) ? made : [made])); })));
    return [head, make("tbody", {}, ...body)];
  });
}

function drawPositions(positions) {
  table("positions", [
    ["Instrument", (p) => [p.symbol, make("span", { class: "sub" }, p.strategy)]],
    ["Quantity", (p) => quantity(p.quantity), "n"],
    ["Entry", (p) => price(p.average_entry), "n"],
    ["Mid, change", (p) => [price(p.mid), make("span", { class: "sub" }, signed(p.change_pct, " %"))], "n"],
    ["PnL after fees", (p) => make("span", { class: tone(p.unrealised) }, signed(p.unrealised)), "n"],
    ["Stop", (p) => p.at_venue ? [price(p.stop_price), make("span", { class: "sub" }, p.at_venue)] : price(p.stop_price), "n"],
    ["Target", (p) => price(p.target_price), "n"],
  ], positions, "No position is open.");
  say("positions-note", positions.length ? `${positions.length} open` : "");
}

const END_TONE = { FILLED: "good", REJECTED: "bad", FAILED: "bad", UNKNOWN: "bad", OPEN: "warn", PARTIAL_FILL: "warn", SUBMITTED: "warn", PENDING_CANCEL: "warn", NEW: "warn" };

function drawOrders(orders) {
  table("orders", [
    ["Time", (o) => clockOf(o.changed_at)],
    ["Order", (o) => [`${o.side.toLowerCase()} ${o.symbol}`, make("span", { class: "sub" }, `${o.kind}, ${o.style.replaceAll("_", " ")}`)]],
    ["Quantity", (o) => quantity(o.quantity), "n"],
    ["Limit", (o) => price(o.limit_price), "n"],
    ["Filled", (o) => quantity(o.filled), "n"],
    ["State", (o) => make("span", { class: "gate", "data-tone": END_TONE[o.status] || "" }, o.status.replaceAll("_", " ").toLowerCase())],
    ["Why", (o) => o.reason || o.why, "wrap"],
  ], orders, "No order was made yet.");
  const working = orders.filter((order) => order.working).length;
  say("orders-note", working ? `${working} working` : "");
}

function drawAlerts(alerts) {
  show("alerts", alerts, () => alerts.length ? alerts.map((alert) =>
    make("li", { "data-over": alert.state === "resolved" },
      make("span", { class: "dot", "data-tone": alert.state === "resolved" ? "" : alert.severity === "CRITICAL" ? "bad" : "warn" }),
      make("span", {}, alert.text, make("span", { class: "key" }, `${alert.key} · ${alert.state}${alert.count > 1 ? ` · ${alert.count} times` : ""}`)),
      make("span", { class: "when" }, clockOf(alert.changed_at)))) : [make("li", { class: "empty" }, "All quiet.")]);
  const standing = alerts.filter((alert) => alert.state !== "resolved").length;
  say("alerts-note", standing ? `${standing} standing` : "");
}

function draw(picture) {
  memory.picture = picture;
  drawTop(picture.status);
  drawAccount(picture.status);
  drawPermit(picture.status.permit);
  drawWhy(picture);
  drawTree(picture.tree, picture.chaos);
  drawPositions(picture.positions);
  drawOrders(picture.orders);
  drawAlerts(picture.alerts);
}

function tell(line) {
  const story = byId("story");
  story.querySelector(".empty")?.remove();
  story.prepend(make("li", { "data-level": line.level }, make("span", { class: "when" }, clockOf(line.at)),
    make("span", { class: "word" }, line.word), make("span", { class: "text" }, line.symbol ? `${line.symbol}  ${line.text}` : line.text)));
  while (story.children.length > STORY_MAX) story.lastElementChild.remove();
}

/* ----------------------------------------------------------------------------------------------------- steering */
const ACTS = {
  halt: ["Halt trading", "Entries are refused and working orders cancelled at once. Trading stays halted, over restarts too, until somebody resumes.", "Halt", "danger"],
  resume: ["Resume trading", "The halt ends. Entries become possible as soon as every guard says yes.", "Resume", "go"],
  pause: ["Pause entries", "No new positions; exits and cancels go on.", "Pause", "go"],
  activate: ["Allow entries again", "Everything the guards allow becomes possible.", "Activate", "go"],
  crash: ["Crash an actor", "Its present incarnation ends as a crash; its supervisor decides what follows.", "Crash", "danger"],
};

function ask(act, actor = "") {
  const [title, text, verb, hue] = ACTS[act];
  memory.act = act; memory.actor = actor;
  say("ask-title", actor ? `Crash ${actor}` : title);
  say("ask-text", text);
  say("ask-fault", "");
  say("ask-go", verb);
  byId("ask-go").className = hue;
  const reason = byId("ask-reason");
  reason.value = actor ? "fault injection from the dashboard" : "";
  byId("ask-token").value = memory.token;
  byId("ask").showModal();
  (actor && !memory.token ? byId("ask-token") : reason).focus();
}

async function act(event) {
  event.preventDefault();
  const token = byId("ask-token").value.trim(), reason = byId("ask-reason").value.trim();
  const crash = memory.act === "crash";
  const path = crash ? `/api/v1/chaos/crash/${encodeURIComponent(memory.actor)}` : `/api/v1/${memory.act}`;
  byId("ask-go").disabled = true;
  try {
    const answer = await fetch(path, { method: "POST", cache: "no-store", credentials: "omit",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` }, body: JSON.stringify(crash ? {} : { reason }) });
    const told = await answer.json();
    if (answer.ok) { memory.token = token; byId("ask").close(); } else { say("ask-fault", told.error.text); }
  } catch { say("ask-fault", "The daemon did not answer."); }
  byId("ask-go").disabled = false;
}

/* ------------------------------------------------------------------------------------------------------- the stream */
function listen() {
  const stream = new EventSource("/api/v1/events");
  const link = byId("link");
  stream.addEventListener("open", () => byId("story").replaceChildren(make("li", { class: "empty" }, "Nothing has happened yet.")));
  stream.addEventListener("picture", (event) => { link.dataset.tone = "good"; draw(JSON.parse(event.data)); });
  stream.addEventListener("line", (event) => tell(JSON.parse(event.data)));
  stream.addEventListener("error", () => {
    link.dataset.tone = "bad";
    say("clock", "the daemon does not answer; trying again");
    if (stream.readyState === EventSource.CLOSED) setTimeout(listen, 5000);
  });
}

async function begin() {
  for (const button of document.querySelectorAll("[data-act]")) button.addEventListener("click", () => ask(button.dataset.act));
  byId("ask-form").addEventListener("submit", act);
  byId("ask-cancel").addEventListener("click", () => byId("ask").close());
  try {
    const told = await (await fetch("/api/v1/equity")).json();
    memory.equity = told.equity.map((point) => ({ t: Date.parse(point.at), v: number(point.nlv) }));
  } catch { /* the line begins with the stream */ }
  listen();
}

begin();
