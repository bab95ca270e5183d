namespace KernelBuild.Fetch.Signatures;

/// <summary>What gpg or git said of the signatures of one thing.</summary>
/// <param name="Verdict">Null when none is right and by a given key.</param>
/// <param name="Reason">Why there is no verdict, for a person.</param>
/// <param name="Lines">What the program printed.</param>
internal sealed record SignatureCheck(SignatureVerdict? Verdict, string Reason, IReadOnlyList<string> Lines);
