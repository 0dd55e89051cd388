/** The router of earlier Express 5, which hides the paths of mounts. */
declare module 'router22' {
  import { Router } from 'express'
  export default Router
}
