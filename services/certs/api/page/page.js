// Sends what was typed or chosen, and says the three answers. Nothing that comes back is ever markup.
"use strict";

const STATES = {
  valid: ["✓", "有效", "valid"],
  invalid: ["✗", "无效", "invalid"],
  unknown: ["?", "无法判断", "cannot be told"],
};
const WHOLE = {
  valid: ["三项均有效", "All three are valid"],
  invalid: ["不予采信：至少一项无效", "Do not accept it: at least one is invalid"],
  unknown: ["至少一项无法判断，请看下面的提示", "At least one cannot be told: see what to do"],
};
// A code proves no page: where all else is well, the page is what is left to compare.
const ON_RECORD = ["登记在册，状态有效：请与手中版面核对", "On record and in force: compare the page"];
const QUESTIONS = {
  integrity: ["内容", "Content"],
  status: ["状态", "Status"],
  issuer: ["颁发机构", "Issuer"],
  marking: ["加注件", "Annotated copy"],
};
const KNOWN = {
  name: "证照名称", number: "证照编号", identifier: "电子证照标识", authority_name: "颁发机构",
  holder_name: "持证主体", holder_name_masked: "持证主体", id_number_masked: "证件号码",
  valid_from: "有效期起", valid_to: "有效期至", state: "登记状态", authority: "颁发机构代码",
};
const STANDING = {
  valid: "有效", suspended: "暂扣", withdrawn: "撤销", revoked: "吊销", cancelled: "注销", expired: "失效",
};
const CODE = /\/certificate-types\/([0-9A-Z]{21})$/;
const at = (id) => document.getElementById(id);
const text = at("text"), file = at("file"), go = at("go"), doing = at("doing"), result = at("result");
let running = false;

function put(parent, tag, words, { lang, as } = {}) {
  const made = document.createElement(tag);
  made.textContent = words;
  if (lang) made.lang = lang;
  if (as) made.className = as;
  parent.append(made);
  return made;
}

function both(parent, chinese, english) {
  parent.append(chinese, " ");
  put(parent, "span", english, { lang: "en" });
}

function answer(name, said) {
  const line = put(at("answers"), "li", "", { as: said.state });
  const [sign, chinese, english] = STATES[said.state];
  const head = put(line, "div", "");
  both(head, `${QUESTIONS[name][0]}：`, QUESTIONS[name][1]);
  head.append(" ");
  both(put(head, "span", "", { as: "word" }), `${sign} ${chinese}`, english);
  both(put(line, "div", ""), said.title_zh, said.title);
  const next = put(line, "span", "", { as: "next" });
  both(next, `→ ${said.next_step_zh}`, said.next_step);
}

async function termsOf(shown) {
  const code = CODE.exec(shown.type || "");
  if (!code) return {};
  const found = await fetch(`v1/certificate-types/${code[1]}`).catch(() => null);
  if (!found || !found.ok) return {};
  const type = await found.json();
  return Object.fromEntries(type.fields.map((field) => [field.name, field.term]));
}

function row(term, value) {
  if (value === null || value === undefined || value === "") return;
  put(at("shown"), "dt", term);
  put(at("shown"), "dd", typeof value === "string" ? value : JSON.stringify(value));
}

async function tell(said) {
  at("answers").replaceChildren();
  at("shown").replaceChildren();
  for (const name of Object.keys(QUESTIONS)) if (said[name]) answer(name, said[name]);
  const shown = said.shown, claims = shown.claims || shown;
  for (const name of Object.keys(KNOWN)) {
    row(KNOWN[name], name === "state" ? STANDING[claims[name]] || claims[name] : claims[name]);
  }
  for (const one of claims.joint_holders || []) row("共同持证主体", `${one.name} ${one.id_number_masked}`);
  if (said.kind === "token" || said.kind === "pdf" || said.kind === "ofd") {
    const terms = await termsOf(shown);
    for (const [name, value] of Object.entries(shown.fields || {})) row(terms[name] || name, value);
    if (shown.kept_back) row("未出示的项目", String(shown.kept_back));
  }
  if (said.differing.length) row("与凭证不一致", said.differing.join("、"));
  if (said.unproved.length) row("凭证未证明", said.unproved.join("、"));
  if (said.status_age_s !== null) {
    row("状态数据", said.status_age_s < 60 ? "此刻 as of now" : `${said.status_age_s} s`);
  }
  const compare = said.kind === "code" && said.status.state === "valid";
  head(said.state, ...(compare ? ON_RECORD : WHOLE[said.state]));
}

function head(state, chinese, english) {
  const verdict = at("verdict");
  verdict.className = state;
  verdict.replaceChildren();
  both(verdict, `${STATES[state][0]} ${chinese}`, english);
  result.hidden = false;
  doing.textContent = "";
  verdict.focus();
}

function fail(problem) {
  at("answers").replaceChildren();
  at("shown").replaceChildren();
  const line = put(at("answers"), "li", "", { as: "unknown" });
  both(put(line, "div", ""), problem.title_zh, problem.title);
  both(put(line, "span", "", { as: "next" }), `→ ${problem.next_step_zh}`, problem.next_step);
  head("unknown", "没有查验", "Nothing was checked");
}

async function ask(content) {
  if (running) return;
  running = true;
  go.setAttribute("aria-disabled", "true");
  result.hidden = true;
  doing.textContent = "正在查验…… Checking…";
  try {
    const answered = await fetch("v1/verifications", {
      method: "POST", body: content, headers: { "Content-Type": "application/octet-stream" },
    });
    const said = await answered.json();
    if (answered.ok) await tell(said);
    else fail(said);
  } catch {
    fail({ title_zh: "没有连上", title: "No connection",
      next_step_zh: "请检查网络后再试", next_step: "Check the network and try again" });
  } finally {
    running = false;
    go.removeAttribute("aria-disabled");
    doing.textContent = "";
  }
}

// One of the two is asked about: whichever was given last.
text.addEventListener("input", () => { if (text.value) file.value = ""; });
file.addEventListener("change", () => { if (file.files.length) text.value = ""; });
at("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  if (file.files.length) ask(file.files[0]);
  else if (text.value.trim()) ask(text.value.trim());
  else {
    doing.textContent = "请输入验证码，或选择文件。 Type the code, or choose a file.";
    text.focus();
  }
});
const scanned = new URLSearchParams(location.search).get("code");
if (scanned) {
  text.value = scanned.slice(0, 100);
  ask(text.value);
}
