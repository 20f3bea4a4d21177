// Hover or focus a link to an equation of this page: the equation is shown beside it.
document.addEventListener("DOMContentLoaded", () => {
  const links = document.querySelectorAll("a.equation-link[href^='#']");
  if (!links.length) return;
  window.byhandCards(links, (card, link) => {
    const set = document.getElementById(link.hash.slice(1))?.querySelector("mjx-container");
    if (!set) return false;
    card.replaceChildren(set.cloneNode(true));
  }, { "aria-hidden": "true" });
});
