"use strict";
// Shows the OpenAPI document. Everything is set as text, never as HTML.
const make = (tag, text, attributes = {}) => {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
};
const anchor = text => text.toLowerCase().replace(/[^a-z0-9]+/g, "-");

function typeOf(schema, api) {
  if (!schema) return "";
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.anyOf || schema.oneOf) return (schema.anyOf || schema.oneOf).map(one => typeOf(one, api)).join(" | ");
  if (schema.enum) return schema.enum.map(value => JSON.stringify(value)).join(" | ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const types = [].concat(schema.type || "any");
  return types.map(type => type === "array" && schema.items ? typeOf(schema.items, api) + "[]"
    : type === "object" && schema.additionalProperties ? "{name: " + typeOf(schema.additionalProperties, api) + "}"
    : type === "string" && schema.format ? "string (" + schema.format + ")" : type).join(" | ");
}

function table(rows, heads) {
  const result = make("table"), head = result.appendChild(make("tr"));
  heads.forEach(text => head.append(make("th", text)));
  for (const row of rows) {
    const line = result.appendChild(make("tr"));
    row.forEach((text, index) => {
      const cell = line.appendChild(make("td"));
      cell.append(index < 2 ? make("code", text) : document.createTextNode(text || ""));
    });
  }
  return result;
}

function fields(schema, api) {
  const full = schema.$ref ? api.components.schemas[schema.$ref.split("/").pop()] : schema;
  const required = new Set(full.required || []);
  const parts = [full, ...(full.allOf || [])];
  const rows = parts.flatMap(part => Object.entries(part.properties || {})).map(([name, value]) =>
    [name + (required.has(name) ? "" : "?"), typeOf(value, api), value.description || ""]);
  return rows.length ? table(rows, ["field", "type", ""]) : make("p", typeOf(full, api));
}

function operation(path, method, one, api) {
  const box = make("details", undefined, { id: one.operationId || anchor(method + path) });
  const summary = box.appendChild(make("summary"));
  summary.append(make("span", method.toUpperCase(), { class: "method " + method }), make("code", path), " ", make("span", one.summary, { class: "quiet" }));
  box.append(make("p", one.description || ""));
  if (one.parameters?.length) {
    box.append(make("h4", "Parameters"), table(one.parameters.map(p => [p.name, p.in, p.description || ""]), ["name", "in", ""]));
  }
  const body = one.requestBody?.content?.["application/json"]?.schema;
  if (body) box.append(make("h4", "Body: " + typeOf(body, api)), fields(body, api));
  for (const [status, answer] of Object.entries(one.responses || {})) {
    const schema = answer.content?.["application/json"]?.schema;
    box.append(make("h4", status + " " + (answer.description || "") + (schema ? ": " + typeOf(schema, api) : "")));
    if (schema) box.append(fields(schema, api));
  }
  return box;
}

function problems(api) {
  const found = new Map();
  for (const [path, item] of Object.entries(api.paths)) for (const [method, one] of Object.entries(item))
    for (const [status, answer] of Object.entries(one.responses || {})) {
      if (!answer.content?.["application/problem+json"]) continue;
      const codes = (answer.description || "").replace(/^[^:]*: /, "").replace(/\.$/, "").split(", ");
      for (const code of codes) {
        if (!found.has(code)) found.set(code, { status, at: [] });
        found.get(code).at.push(method.toUpperCase() + " " + path);
      }
    }
  return [...found].sort();
}

async function show() {
  const page = document.getElementById("page"), rooms = document.getElementById("rooms");
  const api = await (await fetch("/openapi/v1.json")).json();
  document.getElementById("intro").textContent = api.info.description;
  const tags = new Map();
  for (const [path, item] of Object.entries(api.paths)) for (const [method, one] of Object.entries(item)) {
    const tag = one.tags?.[0] || "Other";
    if (!tags.has(tag)) tags.set(tag, []);
    tags.get(tag).push(operation(path, method, one, api));
  }
  for (const [tag, boxes] of tags) {
    rooms.append(make("a", tag, { href: "#" + anchor(tag) }));
    page.append(make("h2", tag, { id: anchor(tag) }), ...boxes);
  }
  rooms.append(make("a", "Schemas", { href: "#schemas" }), make("a", "Problems", { href: "#problems" }));
  page.append(make("h2", "Schemas", { id: "schemas" }));
  for (const [name, schema] of Object.entries(api.components.schemas)) {
    const box = make("details", undefined, { id: "schema-" + name });
    box.append(make("summary", name), make("p", schema.description || ""), fields(schema, api));
    page.append(box);
  }
  page.append(make("h2", "Problems", { id: "problems" }));
  for (const [code, known] of problems(api)) {
    const line = make("p", undefined, { id: "problem-" + code });
    line.append(make("code", known.status + " " + code), make("span", " " + (known.at.length > 4 ? "at many endpoints" : known.at.join(", ")), { class: "quiet" }));
    page.append(line);
  }
  if (location.hash) document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
}
show().catch(error => { document.getElementById("intro").textContent = "The document could not be loaded: " + error.message; });
