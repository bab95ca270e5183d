namespace KernelBuild.Host.Reporting;

/// <summary>Where the page of a code is found: docs/codes of the repository that is being built, on the host that builds it.</summary>
/// <param name="repository">The folder whose docs/codes has the pages.</param>
/// <param name="environment">The variables of GitHub Actions or GitLab CI.</param>
public sealed class CodePages(string repository, Func<string, string?> environment)
{
    /// <summary>An absolute address, file:// where no host is known; null when the repository has no such page.</summary>
    public Uri? AddressOf(string code)
    {
        var page = Path.Combine(repository, "docs", "codes", code + ".md");
        if (!File.Exists(page))
        {
            return null;
        }

        var path = $"docs/codes/{code}.md";
        if ((environment("GITHUB_SERVER_URL"), environment("GITHUB_REPOSITORY"), environment("GITHUB_SHA")) is
            ({ Length: > 0 } server, { Length: > 0 } name, { Length: > 0 } sha))
        {
            return new Uri($"{server}/{name}/blob/{sha}/{path}");
        }

        return (environment("CI_PROJECT_URL"), environment("CI_COMMIT_SHA")) is ({ Length: > 0 } project, { Length: > 0 } commit)
            ? new Uri($"{project}/-/blob/{commit}/{path}")
            : new Uri(Path.GetFullPath(page));
    }
}
