/* Puts the desk together. Without this script every link and button still works, page by page. */

import * as conversation from "./conversation.js";
import * as keys from "./keys.js";
import * as live from "./live.js";
import * as queue from "./queue.js";
import * as why from "./why.js";

const show = (href) => conversation.open(href).catch(() => location.assign(href));

queue.listen(show);
keys.listen(show);
live.listen();
why.listen();
conversation.settle();
live.connect();

addEventListener("popstate", () => {
  if (/\/desk\/\d+$/.test(location.pathname)) conversation.open(location.href, { remember: false });
  else conversation.leave({ remember: false });
  queue.refresh();
});
