using System.Collections.Immutable;

namespace KernelBuild.Patches.Mail;

/// <summary>A patch of a mailbox.</summary>
/// <param name="Number">Of the mail in the file, counted from 1.</param>
/// <param name="Mail">With the trailers in its message.</param>
/// <param name="Trailers">Those that replies gave it and that it did not have.</param>
internal sealed record ThreadPatch(int Number, MailMessage Mail, ImmutableArray<string> Trailers);
