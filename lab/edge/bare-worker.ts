import { Hono } from 'hono'

/**
 * A hook's address with no hub behind it: reads the body and answers 204. As a Worker it shows what `wrangler dev` costs;
 * the bench serves the same route by Node.
 */
const bareRoute = new Hono().post('/hooks/okta', async (c) => {
  await c.req.text()
  return c.body(null, 204)
})

export default bareRoute
