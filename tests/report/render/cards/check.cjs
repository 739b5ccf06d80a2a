// Lets Microsoft's parser say what is wrong with each card of a JSON array on stdin.
const AC = require("adaptivecards/dist/adaptivecards.js");
const fs = require("fs");

function complaints(json) {
  const context = new AC.SerializationContext(AC.Versions.v1_4);
  const card = new AC.AdaptiveCard();
  card.parse(json, context);
  const events = [...Array(context.eventCount).keys()].map((n) => context.getEventAt(n));
  return [...events, ...card.validateProperties().validationEvents].map((event) => event.message);
}

const cards = JSON.parse(fs.readFileSync(0, "utf-8"));
console.log(JSON.stringify(cards.map(complaints)));
