import { Fault } from "../result";

/** The cases of Error. */
export enum ErrorKind {
  /** Not allowed by flux.toml, or by a policy. */
  Denied,
  /** No valid request: method, URL or header. */
  Invalid,
  /** The host's name has no address. */
  Dns,
  /** No connection. */
  Connect,
  /** No trusted connection. */
  Tls,
  /** The exchange took too long. */
  Timeout,
  /** The request or the response is over its limit. */
  TooLarge,
  /** The other side does not speak HTTP as it should. */
  Protocol,
}

/** Why there is no response. */
export class Error extends Fault {
  private constructor(
    /** Which case it is. */
    readonly kind: ErrorKind,
    /** The reason; empty for `Timeout` and `TooLarge`. */
    readonly message: string,
  ) {
    super();
  }

  /** Not allowed by flux.toml, or by a policy. */
  static denied(why: string): Error {
    return new Error(ErrorKind.Denied, why);
  }

  /** No valid request. */
  static invalid(why: string): Error {
    return new Error(ErrorKind.Invalid, why);
  }

  /** The host's name has no address. */
  static dns(why: string): Error {
    return new Error(ErrorKind.Dns, why);
  }

  /** No connection. */
  static connect(why: string): Error {
    return new Error(ErrorKind.Connect, why);
  }

  /** No trusted connection. */
  static tls(why: string): Error {
    return new Error(ErrorKind.Tls, why);
  }

  /** The exchange took too long. */
  static timeout(): Error {
    return new Error(ErrorKind.Timeout, "");
  }

  /** The request or the response is over its limit. */
  static tooLarge(): Error {
    return new Error(ErrorKind.TooLarge, "");
  }

  /** The other side does not speak HTTP as it should. */
  static protocol(why: string): Error {
    return new Error(ErrorKind.Protocol, why);
  }

  /** The name of the case in the contract, such as `too-large`. */
  get code(): string {
    switch (this.kind) {
      case ErrorKind.Denied: return "denied";
      case ErrorKind.Invalid: return "invalid";
      case ErrorKind.Dns: return "dns";
      case ErrorKind.Connect: return "connect";
      case ErrorKind.Tls: return "tls";
      case ErrorKind.Timeout: return "timeout";
      case ErrorKind.TooLarge: return "too-large";
      default: return "protocol";
    }
  }

  toString(): string {
    switch (this.kind) {
      case ErrorKind.Denied: return `the request is denied: ${this.message}`;
      case ErrorKind.Invalid: return `the request is invalid: ${this.message}`;
      case ErrorKind.Dns: return `the host was not found: ${this.message}`;
      case ErrorKind.Connect: return `no connection: ${this.message}`;
      case ErrorKind.Tls: return `no secure connection: ${this.message}`;
      case ErrorKind.Timeout: return "the request took too long";
      case ErrorKind.TooLarge: return "the request or its response is too large";
      default: return `the response is no HTTP: ${this.message}`;
    }
  }
}
