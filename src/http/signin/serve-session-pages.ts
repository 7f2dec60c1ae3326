import { Hono } from 'hono'
import type { Clock } from '../../core/clock.ts'
import { limitTries } from './limit-tries.ts'
import { showSession } from './show-session.ts'
import { type SignOutNeeds, signOut } from './sign-out.ts'

/** Each looks a cookie up: who has none of ours must not keep the database busy. */
const mostLooks = 120

/** Serves the pages of whoever is signed in, by whatever way: who they are here, and the button that ends it. */
export function serveSessionPages(needs: SignOutNeeds & { clock: Clock }): Hono {
  const limit = limitTries({ clock: needs.clock, most: mostLooks })
  return new Hono()
    .get('/signin/done', limit, async (c) => showSession(c, needs))
    .post('/signin/out', limit, async (c) => signOut(c, needs))
}
