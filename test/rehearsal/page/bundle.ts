import { execFileSync } from 'node:child_process'
import { projectRoot } from '../../../src/config.ts'

/** Bundles the page as it is now, once for all tests that open it. */
export default function bundlePage(): void {
  execFileSync('npm', ['run', '--silent', 'page'], { cwd: projectRoot, stdio: 'pipe' })
}
