using KernelBuild.Git.Objects;

namespace KernelBuild.Store;

/// <summary>A source in the store.</summary>
/// <param name="Bytes">On the disk, with what it shares with others; null when objects of it are missing.</param>
/// <param name="Used">When a build last took it; UTC.</param>
/// <param name="NamedBy">Lock files of known projects that name it.</param>
public sealed record StoredSource(GitObjectId Commit, string Subject, long? Bytes, DateTime Used, IReadOnlyList<string> NamedBy);
