// An address that says "passing" is of a page that goes on by itself, as while it searches: a reload brings the page back
// from it, but the next address of the page takes its place, so that one step back leads to what was before. Nor is
// looking at one place of a map and then at another ("at") a step of its own.
(function () {
  "use strict";
  if (window.lulcAddress) return;
  window.lulcAddress = true;
  const push = history.pushState.bind(history);
  function lasting(url) {
    const found = new URL(url);
    for (const name of ["passing", "at"]) found.searchParams.delete(name);
    return found.href;
  }
  history.pushState = (state, title, url) => {
    const here = new URL(location.href), next = new URL(url, here);
    const passes = here.pathname === next.pathname && here.searchParams.has("passing");
    if (passes || lasting(here) === lasting(next)) history.replaceState(state, title, url);
    else push(state, title, url);
  };
})();
