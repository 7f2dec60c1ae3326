import { html, raw } from 'hono/html'
import { apiProblems } from '../problems.ts'
import { type ApiDocument, type ListedOperation, listOperations, type SchemaPart, schemaOf } from './document.ts'
import { describeType, showFields } from './schema-words.ts'
import { referenceStyle } from './style.ts'

/** Where the page is. */
export const referencePath = '/api'

/**
 * Makes the page that shows the OpenAPI document to people: each route with its role, and all that it takes and answers.
 * It has no script. Its style has the nonce of the answer.
 */
export function showReference(document: ApiDocument, nonce: string) {
  const operations = listOperations(document)
  const tags = [...new Set(operations.map(({ tag }) => tag))]
  const schemas = Object.entries(document.components?.schemas ?? {})
  const { title, description } = document.info
  return html`<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${title}</title>
  <style nonce="${nonce}">${raw(referenceStyle)}</style>
</head>
<body>
  <header>
    <h1>${title}</h1>
    <p>${description ?? ''} For programs: <a href="/api/openapi.json">the OpenAPI document</a>.</p>
  </header>
  <nav aria-label="Parts of this page">
    <ul>
      ${tags.map((tag) => html`<li><a href="#tag-${tag}">${tag}</a></li>`)}
      <li><a href="#problems">problem codes</a></li>
      <li><a href="#schemas">schemas</a></li>
    </ul>
  </nav>
  <main>
    ${tags.map(
      (tag) => html`<section aria-labelledby="tag-${tag}">
      <h2 id="tag-${tag}">${tag}</h2>
      ${operations.filter((one) => one.tag === tag).map(showOperation)}
    </section>`,
    )}
    ${showProblems()}
    <section aria-labelledby="schemas">
      <h2 id="schemas">Schemas</h2>
      ${schemas.map(showSchema)}
    </section>
  </main>
</body>
</html>`
}

function showOperation(operation: ListedOperation) {
  const { method, path, summary, anchor, parameters = [], requestBody, responses = {}, 'x-role': role } = operation
  const body = schemaOf(requestBody?.content)
  return html`<article aria-labelledby="${anchor}">
    <h3 id="${anchor}"><code>${method} ${path}</code></h3>
    <p>${summary ?? ''}</p>
    <p class="role">Role: <strong>${role ?? 'none'}</strong></p>
    ${parameters.length > 0 ? showParameters(parameters) : ''}
    ${body ? showFields(body, 'Body') : ''}
    <table>
      <caption>Answers</caption>
      <thead><tr><th scope="col">Status</th><th scope="col">Says</th><th scope="col">Body</th></tr></thead>
      <tbody>${Object.entries(responses).map(
        ([status, { description = '', content }]) => html`<tr>
        <th scope="row">${status}</th>
        <td>${description.replaceAll('`', '')}</td>
        <td>${describeType(schemaOf(content))}</td>
      </tr>`,
      )}</tbody>
    </table>
  </article>`
}

function showParameters(parameters: NonNullable<ListedOperation['parameters']>) {
  return html`<table>
    <caption>Parameters</caption>
    <thead><tr><th scope="col">Name</th><th scope="col">In</th><th scope="col">Type</th><th scope="col">Says</th></tr></thead>
    <tbody>${parameters.map(
      ({ name, in: place, required, schema, description }) => html`<tr>
      <th scope="row"><code>${name}</code></th>
      <td>${place}${required ? ', required' : ''}</td>
      <td>${describeType(schema)}</td>
      <td>${description ?? schema?.description ?? ''}</td>
    </tr>`,
    )}</tbody>
  </table>`
}

function showProblems() {
  const codes = Object.entries(apiProblems)
  return html`<section aria-labelledby="problems">
    <h2 id="problems">Problem codes</h2>
    <table>
      <caption>What an error is answered with: <code>code</code> of the problem details</caption>
      <thead><tr><th scope="col">Code</th><th scope="col">Status</th><th scope="col">Title</th></tr></thead>
      <tbody>${codes.map(
        ([code, { status, title }]) => html`<tr>
        <th scope="row"><code>${code}</code></th>
        <td>${status}</td>
        <td>${title}</td>
      </tr>`,
      )}</tbody>
    </table>
  </section>`
}

function showSchema([name, schema]: [string, SchemaPart]) {
  return html`<article aria-labelledby="schema-${name}">
    <h3 id="schema-${name}">${name}</h3>
    ${schema.description ? html`<p>${schema.description}</p>` : ''}
    ${showFields(inOne(schema), 'Fields')}
  </article>`
}

/** A schema that extends another has its own fields in a part beside the reference. */
function inOne(schema: SchemaPart): SchemaPart {
  const own = schema.allOf?.find(({ properties }) => properties !== undefined)
  return own ? { ...own, type: 'object' } : schema
}
