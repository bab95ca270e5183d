namespace KernelBuild.BootImages.Inspection;

/// <summary>
/// Four answers that are never one: an image can have a right digest under a signature that anybody could have made, and the other way
/// round.
/// </summary>
/// <param name="Id">The checksum in the header of versions 0 to 2.</param>
/// <param name="Digest">The digest that an AVB descriptor gives of the content.</param>
/// <param name="Signature">The signature over the AVB metadata.</param>
/// <param name="KeyAndPolicy">Whose key it is, and what flags and rollback index say.</param>
public sealed record Verdict(Answer Id, Answer Digest, Answer Signature, Answer KeyAndPolicy);
