/** What can stand in the way of a model: a code for programs, one sentence that says what to do for people. */

export type ModelErrorCode =
  /** The address is not https, or leads to one that is not. */
  | 'ERR_MODEL_ADDRESS'
  | 'ERR_MODEL_OFFLINE'
  | 'ERR_MODEL_TLS'
  | 'ERR_MODEL_PROXY'
  /** The server refuses: 401, 403, 404 and the like. */
  | 'ERR_MODEL_REFUSED'
  /** The connection broke again and again. */
  | 'ERR_MODEL_BROKEN'
  /** The server has another file than the preset names. */
  | 'ERR_MODEL_SIZE'
  | 'ERR_MODEL_HASH'
  | 'ERR_MODEL_SPACE'
  | 'ERR_MODEL_FOLDER'
  | 'ERR_MODEL_LICENCE'
  | 'ERR_MODEL_PRESETS'
  | 'ERR_MODEL_CANCELLED';

export class ModelError extends Error {
  override readonly name = 'ModelError';
  constructor(
    readonly code: ModelErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A download that the person stopped. What came so far stays for the next time. */
export function downloadCancelled(): ModelError {
  return new ModelError('ERR_MODEL_CANCELLED', 'The download was stopped.');
}

/** The `code` of any error that has one. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

const tlsCodes =
  /^(?:ERR_TLS_|ERR_SSL_|EPROTO$|CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED)/;
const unreachable = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
]);

/**
 * The sentence for what went wrong between here and the server.
 * @returns undefined where trying again may help: the connection broke
 */
export function networkFailure(error: unknown, host: string): ModelError | undefined {
  if (error instanceof ModelError) return error;
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  const options = { cause: error };
  if (tlsCodes.test(code))
    return new ModelError(
      'ERR_MODEL_TLS',
      `The certificate of ${host} cannot be checked (${code}): where a company's proxy stands between, add its certificate to the system's, or set a mirror in "sqlAhead.models.mirror".`,
      options,
    );
  if (unreachable.has(code)) return offline(host, code, options);
  // Proxy agents tell of a refused tunnel in words only.
  if (/proxy|tunnel|\b407\b/i.test(message)) return proxyRefuses(options);
  return undefined;
}

function offline(host: string, code: string, options?: ErrorOptions): ModelError {
  const why = code === '' ? '' : ` (${code})`;
  return new ModelError(
    'ERR_MODEL_OFFLINE',
    `${host} cannot be reached${why}: check the network, VS Code's setting "http.proxy", or set a mirror in "sqlAhead.models.mirror".`,
    options,
  );
}

export function proxyRefuses(options?: ErrorOptions): ModelError {
  return new ModelError(
    'ERR_MODEL_PROXY',
    'The proxy refuses the connection: check VS Code\'s settings "http.proxy" and "http.proxyAuthorization".',
    options,
  );
}

/**
 * The sentence for what went wrong with the disk.
 * @returns the error itself where it is none of the disk's
 */
export function diskFailure(error: unknown, folder: string): unknown {
  const code = codeOf(error);
  const options = { cause: error };
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new ModelError(
      'ERR_MODEL_SPACE',
      `The disk with ${folder} is full: free some space and pick the model again; what had come was removed.`,
      options,
    );
  if (['EACCES', 'EPERM', 'EROFS', 'ENOTDIR'].includes(code))
    return new ModelError(
      'ERR_MODEL_FOLDER',
      `Nothing can be written to ${folder} (${code}): make the folder writable, or pick a model file that lies elsewhere.`,
      options,
    );
  return error;
}
