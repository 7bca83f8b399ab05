import { answerCard, failureCard } from "./answer.js";
import * as api from "./api.js";
import { confirmed, filled } from "./dialog.js";
import { element } from "./element.js";

const OPENERS = [
  ["team payments", "What has payments spent this month, and where is it heading?"],
  ["top workflow last month", "What did each workflow cost last month, and per call?"],
  ["why payments last week", "Why did payments change last week, to the cent?"],
  ["org", "What does the whole organisation spend, team by team?"],
  ["key", "Which keys do I have, and how do I ask for one?"],
  ["help", "What can I ask?"],
];
const CHIPS = [
  "team payments",
  "org",
  "top model",
  "forecast payments",
  "budget payments",
  "me",
  "help",
];

const byId = (id) => document.getElementById(id);
const conversation = byId("conversation");
const input = byId("question");
const person = byId("person");
const asked = [];
let recalled = 0;

function announce(text) {
  byId("announcement").textContent = text;
}

function append(kind, node) {
  byId("welcome").hidden = true;
  const item = element("li", { class: kind }, node);
  conversation.append(item);
  showFromQuestion(item);
  return item;
}

/** Scrolls so that an answer is read from its question on. */
function showFromQuestion(item) {
  const before = item.previousElementSibling;
  const first = before?.className === "question" ? before : item;
  first.scrollIntoView({ block: "start" });
}

function waiting() {
  const dots = element("span", { class: "dots", "aria-hidden": "true" });
  dots.append(element("i"), element("i"), element("i"));
  return append("reply", element("p", { class: "waiting" }, dots, "Looking it up"));
}

/** Shows what `work` answers where the dots were, and says its sentence to a screen reader. */
async function reply(work) {
  const place = waiting();
  conversation.setAttribute("aria-busy", "true");
  try {
    const answer = await work();
    if (answer.fields === undefined) {
      place.replaceChildren(answerCard(answer, act));
      announce(answer.sentence);
    } else {
      place.remove();
      await submitForm(answer);
    }
  } catch (error) {
    const again = () => {
      place.remove();
      void reply(work);
    };
    place.replaceChildren(failureCard(error, again));
    announce(error.message);
  } finally {
    conversation.setAttribute("aria-busy", "false");
    if (place.isConnected) showFromQuestion(place);
  }
}

async function ask(text) {
  append("question", element("p", {}, text));
  asked.push(text);
  recalled = asked.length;
  const as = person.value;
  await reply(() => api.ask(text, as));
}

async function submitForm(form) {
  const values = await filled(form);
  if (values !== undefined) {
    await reply(() => api.press(form.verb, form.token, values, person.value));
  }
}

async function act(action, answer) {
  const as = person.value;
  switch (action.kind) {
    case "ask":
      await ask(action.command);
      break;
    case "share":
      append("question", element("p", {}, `Share: ${action.command}`));
      await reply(() => api.ask(action.command, as, true));
      break;
    case "download":
      save(answer.download ?? (await api.ask(action.command, as)).download);
      break;
    case "form":
      await reply(() => api.form(action.form, action.token, as));
      break;
    case "press":
      if (action.confirm === undefined || (await confirmed(action.confirm, action.label))) {
        await reply(() => api.press(action.verb, action.token, {}, as));
      }
      break;
  }
}

function save(download) {
  if (download === undefined) return;
  const url = URL.createObjectURL(new Blob([download.csv], { type: "text/csv" }));
  element("a", { href: url, download: download.filename }).click();
  URL.revokeObjectURL(url);
  announce(`Saved ${download.filename}`);
}

byId("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = input.value.trim().replace(/^\/aispend\s*/i, "");
  input.value = "";
  void ask(text === "" ? input.placeholder : text);
});

input.addEventListener("keydown", (event) => {
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (step === undefined) return;
  event.preventDefault();
  recalled = Math.min(Math.max(recalled + step, 0), asked.length);
  input.value = asked[recalled] ?? "";
});

document.addEventListener("keydown", (event) => {
  const typing = event.target instanceof Element && event.target.matches("input,textarea,select");
  if (event.key === "/" && !typing) {
    event.preventDefault();
    input.focus();
  }
});

for (const [command, question] of OPENERS) {
  byId("openers").append(
    element(
      "li",
      {},
      element(
        "button",
        { type: "button", onclick: () => ask(command) },
        element("span", {}, question),
        element("code", {}, `/aispend ${command}`),
      ),
    ),
  );
}
for (const command of CHIPS) {
  byId("chips").append(element("button", { type: "button", onclick: () => ask(command) }, command));
}

async function fillPeople() {
  const people = await api.people();
  const options = people.map(({ email, name, title }) =>
    element("option", { value: email }, `${name}, ${title}`),
  );
  person.replaceChildren(...options);
  person.disabled = false;
}

fillPeople().catch((error) =>
  append(
    "reply",
    failureCard(error, () => location.reload()),
  ),
);
input.focus();
