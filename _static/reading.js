// Aids for reading. Without JavaScript the page shows everything, as it stands.
document.addEventListener("DOMContentLoaded", () => {
  const article = document.querySelector("article.bd-article");
  if (!article) return;
  const remember = (key, value) => { try { localStorage.setItem(key, value); } catch { /* private window */ } };
  const recall = (key) => { try { return localStorage.getItem(key); } catch { return null; } };
  const root = document.documentElement;

  // ---- On a phone, a table that would scroll sideways becomes a stack of cards.
  for (const table of article.querySelectorAll("table")) {
    const heads = [...table.querySelectorAll("thead th, thead td")].map((cell) => cell.textContent.trim());
    for (const row of table.querySelectorAll("tbody tr")) {
      [...row.children].forEach((cell, k) => { if (heads[k]) cell.dataset.label = heads[k]; });
    }
  }
  const stack = () => {
    for (const table of article.querySelectorAll("table")) {
      const box = table.parentElement;
      table.classList.remove("stacked");
      if (innerWidth <= 600 && table.scrollWidth > box.clientWidth + 1) table.classList.add("stacked");
    }
  };
  // ---- An equation that is a little too wide for the page is set smaller: on a phone to a little over half at least.
  const fit = () => {
    for (const set of article.querySelectorAll("mjx-container[display='true']")) {
      set.dataset.size ??= set.style.fontSize; // as MathJax set it
      set.style.fontSize = set.dataset.size;
      if (!set.clientWidth) continue;
      const inner = set.firstElementChild, wide = Math.max(set.scrollWidth, inner ? inner.scrollWidth : 0);
      if (wide > set.clientWidth) {
        const now = parseFloat(getComputedStyle(set).fontSize);
        set.style.fontSize = `${Math.max(innerWidth > 600 ? 0.75 : 0.45, 0.985 * set.clientWidth / wide) * now}px`;
      }
    }
  };
  let width = 0;
  const arrange = () => { if (innerWidth !== width) { width = innerWidth; stack(); fit(); } };
  arrange();
  addEventListener("resize", arrange);
  const again = () => { width = 0; arrange(); };
  window.byhandArrange = again;
  addEventListener("load", () => window.MathJax?.startup?.promise?.then(again));
  document.addEventListener("toggle", (event) => { if (event.target.open) { stack(); fit(); } }, true);

  // ---- A glossary term says what it means where it stands.
  const terms = article.querySelectorAll("a.term[title]");
  for (const link of terms) {
    link.dataset.says = link.title;
    link.removeAttribute("title");
    link.setAttribute("aria-describedby", "term-card");
  }
  window.byhandCards(terms, (card, link) => {
    const [name, ...rest] = link.dataset.says.split(": ");
    const strong = document.createElement("strong");
    strong.textContent = `${link.textContent} ${name}`;
    card.replaceChildren(strong, document.createElement("br"), rest.join(": "));
  }, { class: "equation-card term-card", id: "term-card", role: "tooltip" });

  // ---- How deep to read: the idea, with derivations, everything.
  const depths = { everything: "Everything", derivations: "With derivations", idea: "Idea only" };
  const line = article.querySelector("p.depth"); // its room is kept free
  if (line) {
    const choices = Object.entries(depths).map(([key, name]) => `<option value="${key}">${name}</option>`).join("");
    line.innerHTML = `<label>Show <select title="Idea only: without the sections Backward and Check, without folds outside the exercises. With derivations: without folded code.">${choices}</select></label>`;
    const choice = line.querySelector("select");
    const set = (depth) => { choice.value = depth; root.dataset.depth = depth; };
    const kept = recall("byhand-depth");
    set(kept in depths ? kept : "everything");
    choice.addEventListener("change", () => { set(choice.value); remember("byhand-depth", choice.value); again(); });
    // A link into what is hidden shows it.
    const reveal = () => {
      const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
      if (target && !target.checkVisibility()) { set("everything"); target.scrollIntoView(); }
    };
    addEventListener("hashchange", reveal);
    reveal();
  }

  // ---- Which sections have been read: marked in the list at the side, and kept.
  const links = new Map([...document.querySelectorAll(".bd-toc-nav a[href^='#'], .page-toc a[href^='#']")].map((a) => [a.hash.slice(1), a]));
  const sections = [...article.querySelectorAll("section[id]")].filter((s) => links.has(s.id));
  if (sections.length && window.IntersectionObserver) {
    const key = `byhand-read:${location.pathname}`, read = new Set((recall(key) || "").split(" ").filter(Boolean));
    const bar = document.createElement("progress");
    bar.max = sections.length;
    bar.setAttribute("aria-label", "Sections read");
    links.values().next().value.closest("nav")?.before(bar);
    const mark = () => {
      for (const section of sections) links.get(section.id).classList.toggle("read", read.has(section.id));
      bar.value = sections.filter((section) => read.has(section.id)).length;
      bar.title = `${bar.value} of ${bar.max} sections read`;
    };
    mark();
    // Read: its end has passed by, while the page was scrolled.
    const ends = new Map();
    const passed = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        const seen = entry.isIntersecting && scrollY > 0;
        if (seen && !read.has(ends.get(entry.target))) {
          read.add(ends.get(entry.target));
          remember(key, [...read].join(" "));
          mark();
        }
      }
    });
    for (const section of sections) {
      const last = section.lastElementChild;
      if (last) { ends.set(last, section.id); passed.observe(last); }
    }
  }
});
