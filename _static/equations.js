// Hover or focus a link to an equation of this page: the equation is shown beside it. Escape hides it.
document.addEventListener("DOMContentLoaded", () => {
  const links = document.querySelectorAll("a.equation-link[href^='#']");
  if (!links.length) return;
  const card = document.createElement("div");
  card.className = "equation-card";
  card.setAttribute("aria-hidden", "true");
  document.body.append(card);
  const hide = () => card.classList.remove("shown");
  const show = (link) => {
    const set = document.getElementById(link.hash.slice(1))?.querySelector("mjx-container");
    if (!set) return;
    card.replaceChildren(set.cloneNode(true));
    const box = link.getBoundingClientRect();
    card.classList.add("shown");
    const left = Math.min(box.left, document.documentElement.clientWidth - card.offsetWidth - 8);
    card.style.left = `${Math.max(8, left)}px`;
    card.style.top = `${box.top > card.offsetHeight + 8 ? box.top - card.offsetHeight - 6 : box.bottom + 6}px`;
  };
  for (const link of links) {
    link.addEventListener("mouseenter", () => show(link));
    link.addEventListener("focus", () => show(link));
    link.addEventListener("mouseleave", hide);
    link.addEventListener("blur", hide);
  }
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
  // The Tab key scrolls to what it reaches: the card goes along.
  window.addEventListener("scroll", () => {
    const link = document.activeElement;
    if (link.matches("a.equation-link[href^='#']:focus-visible") && card.classList.contains("shown")) show(link);
    else hide();
  }, { passive: true });
});
