import type { Api } from './needs.ts'

/** The OpenAPI document of the API, made of its own routes. */
export function describeApi(api: Api) {
  api.openAPIRegistry.registerComponent('securitySchemes', 'token', {
    type: 'http',
    scheme: 'bearer',
    description: 'A token of the hub: bh_…, made by its administrator for 90 days at most.',
  })
  api.openAPIRegistry.registerComponent('securitySchemes', 'session', {
    type: 'apiKey',
    in: 'cookie',
    name: '__Host-bellhop',
    description: 'The session of who signed in. What it orders must come from a page of the hub itself.',
  })
  return api.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Bellhop operations',
      version: '1',
      description: 'What the hub did and what waits. Fields are added, never renamed or removed.',
    },
  })
}
