// A card beside a link: shown while the link is hovered or has the focus, hidden by Escape.
// fill(card, link) puts the content in; it returns false where there is nothing to show.
window.byhandCards = (links, fill, attributes = {}) => {
  const card = document.createElement("div");
  card.className = "equation-card";
  for (const [name, value] of Object.entries(attributes)) card.setAttribute(name, value);
  document.body.append(card);
  const hide = () => card.classList.remove("shown");
  const show = (link) => {
    if (fill(card, link) === false) return;
    card.classList.add("shown");
    const box = link.getBoundingClientRect();
    const left = Math.min(box.left, document.documentElement.clientWidth - card.offsetWidth - 8);
    card.style.left = `${Math.max(8, left)}px`;
    card.style.top = `${box.top > card.offsetHeight + 8 ? box.top - card.offsetHeight - 6 : box.bottom + 6}px`;
  };
  for (const link of links) {
    for (const event of ["mouseenter", "focus"]) link.addEventListener(event, () => show(link));
    for (const event of ["mouseleave", "blur"]) link.addEventListener(event, hide);
  }
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
  addEventListener("scroll", () => { // the Tab key scrolls to what it reaches: the card goes along
    const link = document.activeElement;
    if ([...links].includes(link) && link.matches(":focus-visible") && card.classList.contains("shown")) show(link);
    else hide();
  }, { passive: true });
};
