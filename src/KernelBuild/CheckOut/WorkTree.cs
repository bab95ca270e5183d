using System.Globalization;
using System.Text;
using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Git.Objects;
using KernelBuild.Git.Repositories;
using KernelBuild.Host.Files;
using KernelBuild.Host.Processes;
using KernelBuild.Host.Reporting;

namespace KernelBuild.CheckOut;

/// <summary>
/// The device's kernel tree. git's index beside it knows every file's id and times, so that going to another commit touches
/// only what differs and kbuild stays incremental. Edits made in it by hand are kept as a patch before they are put back.
/// </summary>
public sealed class WorkTree(DeviceFolders folders, GitStore store, IBuildLog log)
{
    private string Filling => folders.Tree + ".filling";

    private string CommitFile => folders.Tree + ".commit";

    /// <summary>Whether a tree stands here that an index describes.</summary>
    public bool Exists => File.Exists(folders.TreeIndex) && Directory.Exists(folders.Tree);

    /// <summary>The commit that the tree was last brought to; null when it is on its way or not there.</summary>
    public GitObjectId? Commit =>
        Exists && File.Exists(CommitFile) && GitObjectId.TryParse(File.ReadAllText(CommitFile).Trim(), out var id) ? id : null;

    /// <summary>An empty folder for an import to fill; whatever an interrupted one left is removed.</summary>
    internal string BeginFilling()
    {
        Directory.CreateDirectory(folders.Work);
        Delete(Filling);
        Delete(folders.Tree);
        File.Delete(folders.TreeIndex);
        File.Delete(CommitFile);
        Directory.CreateDirectory(Filling);
        return Filling;
    }

    /// <summary>After an import that failed.</summary>
    internal void AbandonFilling() => Delete(Filling);

    /// <summary>Gives the filled folder its name and describes it; the index comes last and makes it valid.</summary>
    internal void EndFilling(ImportedTree imported, GitObjectId commit)
    {
        Directory.Move(Path.Combine(Filling, imported.TopFolder), folders.Tree);
        Delete(Filling);
        GitIndexFile.Write(folders.TreeIndex, folders.Tree, imported.Entries);
        AtomicFile.Write(CommitFile, commit + "\n");
    }

    /// <summary>Brings the tree to a commit; files that are the same there keep their times.</summary>
    public async Task CheckOutAsync(GitObjectId commit, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folders.Work);
        File.Delete(folders.TreeIndex + ".lock");
        Delete(Filling);
        if (!Exists)
        {
            Delete(folders.Tree);
            Directory.CreateDirectory(folders.Tree);
            File.Delete(folders.TreeIndex);
            log.Status("checking out the kernel tree");
        }
        else
        {
            await RescueEditsAsync(cancellationToken);
        }

        File.Delete(CommitFile);
        await store.GitIn(folders.Tree, folders.TreeIndex, "read-tree", "--reset", "-u", commit.ToString()).RunAsync(cancellationToken);
        AtomicFile.Write(CommitFile, commit + "\n");
    }

    private async Task RescueEditsAsync(CancellationToken cancellationToken)
    {
        if (Commit is null)
        {
            // an interrupted checkout: what differs is ours, and read-tree --reset puts it right
            return;
        }

        // diff and not diff-files, which counts a file that was only touched
        var changedTask = ListAsync(["diff", "--name-only", "-z"], cancellationToken);
        var untrackedTask = ListAsync(["ls-files", "--others", "-z"], cancellationToken);
        var changed = await changedTask;
        var untracked = await untrackedTask;
        if (changed.Length == 0 && untracked.Length == 0)
        {
            return;
        }

        Directory.CreateDirectory(folders.Rescued);
        var stamp = DateTime.UtcNow.ToString("yyyyMMdd-HHmmss-fff", CultureInfo.InvariantCulture);
        var patch = Path.Combine(folders.Rescued, $"{folders.Variant}-{stamp}.patch");
        if (untracked.Length > 0)
        {
            // these alone: --all would stage deletions, and the diff would not show them
            await (store.GitIn(
                folders.Tree, folders.TreeIndex, "--literal-pathspecs", "add", "--intent-to-add", "--force", "--pathspec-from-file=-",
                "--pathspec-file-nul") with
            {
                InputProducer = async (stream, token) =>
                    await stream.WriteAsync(Encoding.UTF8.GetBytes(string.Join('\0', untracked)), token),
            }).RunAsync(cancellationToken);
        }

        using (var file = new FileStream(patch, FileMode.CreateNew))
        {
            await (store.GitIn(folders.Tree, folders.TreeIndex, "diff", "--binary", "--no-ext-diff", "--no-color") with
            {
                OutputConsumer = (stream, token) => stream.CopyToAsync(file, token),
            }).RunAsync(cancellationToken);
        }

        foreach (var path in untracked)
        {
            // now that they stand in the patch, files that no commit knows would only be in the compiler's way
            File.Delete(Path.Combine(folders.Tree, path));
        }

        log.Report(Diagnostic.Warning(
            DiagnosticCodes.WorkTreeEdited,
            $"{changed.Length + untracked.Length} file(s) of the work tree were edited by hand, '{changed.Concat(untracked).First()}' "
            + $"among them; the edits were saved as a patch and taken back",
            $"to keep them, make {patch} part of a series") with
        { File = folders.Tree });
    }

    /// <summary>Paths as they are: without -z git quotes those that are not plain ASCII.</summary>
    private async Task<string[]> ListAsync(string[] arguments, CancellationToken cancellationToken) =>
        (await store.GitIn(folders.Tree, folders.TreeIndex, arguments).ReadAsync(cancellationToken)).Split(
            '\0', StringSplitOptions.RemoveEmptyEntries);

    private static void Delete(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return;
        }

        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (IOException) when (Directory.Exists(folder))
        {
            // a name in it is not UTF-8, which .NET cannot say
            new Command("rm").WithArguments("-rf", "--", folder).RunAsync(CancellationToken.None).GetAwaiter().GetResult();
        }
    }
}
