// What the widget itself says. Replies come from the brand's templates and agents.
const zh = {
  welcome: (brand) => `您好，歡迎來到${brand}。請直接輸入問題，自動客服會先回覆，需要時可隨時轉接真人。`,
  bot: "自動客服",
  agent: "客服人員",
  user: "您",
  states: {
    bot: "自動客服，可隨時轉接真人",
    waiting: "已通知客服人員，請稍候",
    agent: "客服人員正在為您服務",
  },
  offline: "連線中斷，正在重新連線…",
  sending: "傳送中…",
  refused: "無法傳送這則訊息",
  too_long: "訊息太長，無法傳送",
  typing: "對方正在輸入…",
  human: "轉接真人客服",
  placeholder: "輸入訊息…",
  send: "傳送",
  close: "關閉對話視窗",
  remove: "刪除對話",
  quick: "建議回覆",
  log: "對話內容",
  sure: { title: "刪除這段對話？", body: "訊息將從這裡移除，無法復原。", no: "取消", yes: "刪除" },
  kept: "現在無法刪除，請稍後再試",
};

const en = {
  welcome: (brand) => `Welcome to ${brand}. Just type your question: our automated assistant answers first, and you can ask for a person at any time.`,
  bot: "Automated assistant",
  agent: "Support agent",
  user: "You",
  states: {
    bot: "Automated assistant",
    waiting: "A person has been notified, please wait",
    agent: "You are talking with a person",
  },
  offline: "Connection lost, reconnecting…",
  sending: "Sending…",
  refused: "This message could not be sent",
  too_long: "Too long to be sent",
  typing: "Typing…",
  human: "Talk to a person",
  placeholder: "Type a message…",
  send: "Send",
  close: "Close chat",
  remove: "Delete conversation",
  quick: "Suggested replies",
  log: "Conversation",
  sure: { title: "Delete this conversation?", body: "The messages are removed from here and cannot be restored.", no: "Cancel", yes: "Delete" },
  kept: "This cannot be deleted right now, please try again later",
};

export const words = (language) => (language.startsWith("zh") ? zh : en);
