// Exercises whose answer is a number: the checker's verdict on the page. Nothing is sent anywhere.
(() => {
  const KEPT = "byhand-progress";
  const read = () => { try { return JSON.parse(localStorage.getItem(KEPT)) || {}; } catch { return {}; } };
  const keep = (all) => { try { localStorage.setItem(KEPT, JSON.stringify(all)); } catch { /* private window */ } };

  // "3", "0.5", "1/3", "1e-3"; null for "nan", NaN for what is no number.
  const number = (text) => {
    if (/^nan$/i.test(text)) return null;
    const parts = text.trim().replace("−", "-").split("/");
    const values = parts.map((part) => (part.trim() === "" ? NaN : Number(part)));
    return parts.length === 1 ? values[0] : parts.length === 2 ? values[0] / values[1] : NaN;
  };
  const numbers = (text) => text.replace(/[[\]()]/g, " ").replace(/\s*\/\s*/g, "/").split(/[,;\s]+/)
    .filter((part) => part !== "").map(number);

  // As byhand.exercises.checker.compare does it.
  const far = (right, yours, tolerance) => {
    const nothing = tolerance >= 1e-4 ? 1e-5 : Math.max(1e-11, 1e-4 * tolerance);
    const scale = Math.max(1, ...right.map(Math.abs));
    const off = (r, y) => (r === null || y === null ? r !== y : Math.abs(y - r) > tolerance * Math.abs(r) + nothing * scale);
    return right.some((r, i) => off(r, yours[i]));
  };
  const unlike = (right, yours, tolerance) =>
    Object.keys(right).filter((name) => right[name].length !== yours[name].length || far(right[name], yours[name], tolerance));

  const rounded = (x, n) => { // halves to the even neighbour, as NumPy
    const big = Number(`${Math.abs(x)}e${n}`), whole = Math.round(big);
    return Math.sign(x) * Number(`${big % 1 === 0.5 && whole % 2 ? whole - 1 : whole}e-${n}`);
  };
  const fact = (data, yours, wrong) => {
    const name = wrong[0], a = data.right[name], b = yours[name], you = name || "Your answer";
    if (a.length !== b.length) return `${you} holds ${b.length} numbers; ${a.length} are asked for.`;
    const close = (x, y, rtol) => Math.abs(x - y) <= 1e-8 + rtol * Math.abs(y);
    if (a.some((x) => x) && b.every((y, i) => close(y, -a[i], 1e-6))) return `${you} is right but for the sign.`;
    if (!data.whole[name] && b.some((y) => y)) {
      for (let n = a.some((x, i) => x === b[i]) ? 1 : 0; n < 6; n += 1) { // to a whole number: no part right anyway
        if (a.every((x, i) => rounded(x, n) === b[i])) return `${you} is right, but rounded to ${n} digits after the point: more are asked for.`;
      }
    }
    if (!data.whole[name] && a.every((x, i) => close(x, b[i], 0.02))) {
      return `${you} is close, but not to the digits that the task asks for: was it rounded on the way?`;
    }
    const fine = Object.keys(data.right).filter((n) => !wrong.includes(n));
    if (a.length > 1) return `${you} is right at ${a.filter((x, i) => close(x, b[i], data.tolerance)).length || "none"} of ${a.length} places.`;
    return `${you} is not the right value.${fine.length ? ` Right: ${fine.join(", ")}.` : ""}`;
  };

  // [outcome, sentence]
  const judge = (data, yours) => {
    const odd = Object.keys(yours).find((name) => yours[name].length === 0 || yours[name].some(Number.isNaN));
    if (odd !== undefined) return ["not attempted", `${odd || "Your answer"} cannot be read as numbers: write 3, 0.25, 1/3 or 2e-4.`];
    const wrong = unlike(data.right, yours, data.tolerance);
    if (!wrong.length) return ["passed", `That is the right answer. ${data.why}`.trim()];
    // A mistake's value, also in two or three digits where the task asks for digits.
    const inDigits = (value) => data.tolerance >= 1e-4 && !unlike(value, yours, 0.03).length
      && [2, 3].some((n) => Object.keys(value).every((name) => value[name].every((x, i) => x !== null && rounded(x, n) === yours[name][i])));
    const known = data.mistakes.find((m) => !unlike(m.value, yours, data.tolerance).length || inDigits(m.value));
    return ["not yet", known ? known.says : fact(data, yours, wrong)];
  };

  const mark = (form, entry) => {
    if (entry && entry.passed) form.dataset.solved = "";
  };
  const answer = (form, data) => {
    const yours = {};
    for (const input of form.querySelectorAll("input")) yours[input.name] = numbers(input.value);
    const [outcome, says] = judge(data, yours);
    const shown = form.querySelector("output");
    shown.dataset.outcome = outcome;
    shown.textContent = "";
    const head = document.createElement("strong");
    head.textContent = { passed: "Passed. ", "not yet": "Not yet. ", "not attempted": "" }[outcome];
    shown.append(head, says);
    if (outcome === "not attempted") return;
    const all = read();
    const entry = all[data.name] || { passed: false, tries: 0 };
    all[data.name] = { passed: entry.passed || outcome === "passed", tries: entry.tries + 1 };
    keep(all);
    mark(form, all[data.name]);
  };

  window.byhandJudge = judge;
  document.addEventListener("DOMContentLoaded", () => {
    const all = read();
    const forms = document.querySelectorAll("form.exercise");
    for (const form of forms) {
      const bytes = Uint8Array.from(atob(form.dataset.judge), (c) => c.charCodeAt(0));
      const data = JSON.parse(new TextDecoder().decode(bytes));
      mark(form, all[data.name]);
      form.addEventListener("submit", (event) => { event.preventDefault(); answer(form, data); });
    }
    if (forms.length) {
      const note = document.createElement("p");
      note.className = "exercise-note";
      note.textContent = "What you have solved here is kept in this browser alone, and sent nowhere.";
      forms[0].before(note);
    }
  });
})();
