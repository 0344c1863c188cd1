// Shows news without being asked: reloads the list every 20 s, but never under somebody's hands.
"use strict";
const address = new URL(location.href);
for (const told of ["done", "problem"]) address.searchParams.delete(told);  // what was said once is not said again
history.replaceState(null, "", address);

let touched = false;
for (const kind of ["input", "change", "submit"]) document.addEventListener(kind, () => (touched = true));
setInterval(() => {
  const inField = document.activeElement !== null && document.activeElement.matches("input, select, button");
  if (!touched && !inField && !document.hidden) location.reload();
}, 20_000);
