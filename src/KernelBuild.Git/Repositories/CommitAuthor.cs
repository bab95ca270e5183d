namespace KernelBuild.Git.Repositories;

/// <summary>Who wrote a change, and when, as git records it.</summary>
/// <param name="Date">Any form that git reads, such as "Mon, 1 Jun 2026 12:00:00 +0000".</param>
public sealed record CommitAuthor(string Name, string Email, string Date)
{
    /// <summary>For commits that stand for an imported source.</summary>
    public static CommitAuthor Importer { get; } = new("KernelBuild", "kernelbuild@localhost", GitStore.Date);
}
