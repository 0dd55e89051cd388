/** The oldest Express of the peer dependency, which has no types of its own. */
declare module 'express4' {
  import express from 'express'
  export default express
}

/** The newest, whichever `express` is. */
declare module 'express5' {
  import express from 'express'
  export default express
}
