import type { Upload } from '../loopback.ts'

/** A chosen file as the server takes it. */
export async function upload(file: File): Promise<Upload> {
  const address = await new Promise<string>((resolve, reject) => {
    const reader = new FileReader()
    reader.addEventListener('load', () => resolve(String(reader.result)))
    reader.addEventListener('error', () => reject(reader.error))
    reader.readAsDataURL(file)
  })
  return {
    name: file.name,
    type: file.type || 'application/octet-stream',
    base64: address.slice(address.indexOf(',') + 1),
  }
}
