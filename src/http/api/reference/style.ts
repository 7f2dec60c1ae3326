/** The stylesheet of the reference page: one column from 320 px on, in the colours that the reader's system asks for. */
export const referenceStyle = `
:root { color-scheme: light dark; --line: #c9ced6; --quiet: #4d5663; --ground: #ffffff; --text: #16191d; --link: #0b57a4; --code: #eef1f5; }
@media (prefers-color-scheme: dark) {
  :root { --line: #3b434e; --quiet: #aab4c2; --ground: #14171b; --text: #e8ebef; --link: #8fc1ff; --code: #22272e; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 72rem; background: var(--ground); color: var(--text);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
a { color: var(--link); }
a:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
h1 { font-size: 1.6rem; line-height: 1.2; }
h2 { margin-top: 3rem; padding-bottom: .25rem; border-bottom: 2px solid var(--line); }
h3 { margin-top: 2.5rem; font-size: 1.05rem; }
code { padding: .1em .3em; border-radius: .2em; background: var(--code); font-size: .92em; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1rem; padding: 0; list-style: none; }
p.role { color: var(--quiet); }
.wide { overflow-x: auto; }
table { width: 100%; margin: 1rem 0; border-collapse: collapse; font-size: .95rem; }
caption { padding: .25rem 0; text-align: left; font-weight: 600; }
th, td { padding: .35rem .5rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
thead th { color: var(--quiet); font-weight: 600; }
tbody th { font-weight: 400; }
@media (max-width: 40rem) {
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tr, th, td { display: block; border: 0; padding: .1rem 0; }
  tr { padding: .5rem 0; border-bottom: 1px solid var(--line); }
}
`
