// Every call of the official Node client against a running server; what came back, as JSON.
import { createRequire } from "node:module";

const [folder, key, port] = process.argv.slice(2);
const delighted = createRequire(`${folder}/package.json`)("delighted")(key, {
  host: "127.0.0.1",
  port: Number(port),
  base: "/v1",
  scheme: "http",
});
const said = {};
const all = async (list) => {
  const found = [];
  await list.autoPagingEach((one) => void found.push(one));
  return found;
};

said.person = await delighted.person.create({
  email: "node@customer.example",
  name: "Node",
  delay: 3600,
  properties: { plan: "basic" },
});
said.person.name = "Node Two";
said.renamed = await delighted.person.save.call(said.person);
said.retrieved = await delighted.person.retrieve(said.person.id);
for (let n = 0; n < 4; n += 1) {
  await delighted.person.create({ email: `node${n}@customer.example`, send: false });
}
said.people = await all(delighted.person.list({ per_page: 2 }));
const response = await delighted.surveyResponse.create({ person: said.person.id, score: 10, comment: "Fine" });
response.score = 4;
said.saved = await response.save();
said.expanded = await delighted.surveyResponse.all({ expand: ["person", "notes"], order: "desc" });
said.metrics = await delighted.metrics.retrieve({ since: new Date(0) });
said.withdrawn = await delighted.surveyRequest.deletePending({ person_email: "node@customer.example" });
said.unsubscribed = await delighted.unsubscribe.create({ person_email: "node1@customer.example" });
said.unsubscribes = await delighted.unsubscribe.all();
said.bounces = await delighted.bounce.all();
said.autopilot = await delighted.autopilotConfiguration.retrieve("email");
const email = delighted.autopilotMembership.forEmail();
said.member = await email.create({ person_email: "node2@customer.example", properties: { plan: "gold" } });
said.members = await all(email.list());
said.left = await email.delete({ person_email: "node2@customer.example" });
const sms = delighted.autopilotMembership.forSms();
said.by_sms = await sms.create({ phone_number: "+15556667777" });
said.deleted = await delighted.person.delete({ email: "node3@customer.example" });
said.wrong = await delighted.person.create({ email: "nobody" }).then(
  () => null,
  (error) => ({ type: error.type, message: error.message }),
);
console.log(JSON.stringify(said));
