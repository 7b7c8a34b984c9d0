import { perdureError } from "../core/errors.ts";

export type Mailer = Pick<typeof import("nodemailer"), "createTransport">;

/**
 * The package that sends mail, which only those install who want mail.
 *
 * @throws {PerdureError} `OPTION_INVALID`.
 */
export async function loadMailer(): Promise<Mailer> {
  try {
    return await import("nodemailer");
  } catch (error) {
    const problem = "email needs the package nodemailer; install it with: npm install nodemailer";
    throw perdureError("OPTION_INVALID", { what: "alerts", problem }, { cause: error });
  }
}
