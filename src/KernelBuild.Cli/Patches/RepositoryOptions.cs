using System.CommandLine;
using KernelBuild.Git.Objects;
using KernelBuild.Git.Repositories;

namespace KernelBuild.Cli.Patches;

/// <summary>Which source a series is held against.</summary>
internal sealed class RepositoryOptions
{
    private readonly Option<string> _git = new("--git")
    {
        Description = "The repository that holds the source",
        HelpName = "REPO",
        DefaultValueFactory = _ => ".",
    };
    private readonly Option<string> _commit = new("--commit")
    {
        Description = "The source: a branch, a tag or a commit id",
        HelpName = "ID",
        DefaultValueFactory = _ => "HEAD",
    };

    public void AddTo(Command command)
    {
        command.Options.Add(_git);
        command.Options.Add(_commit);
    }

    public Task<GitRepository> OpenAsync(ParseResult result, CancellationToken cancellationToken) =>
        GitRepository.OpenAsync(result.GetValue(_git)!, cancellationToken);

    public Task<GitObjectId> ResolveAsync(ParseResult result, GitRepository repository, CancellationToken cancellationToken) =>
        repository.ResolveCommitAsync(result.GetValue(_commit)!, cancellationToken);
}
