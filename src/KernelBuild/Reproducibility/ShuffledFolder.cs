using KernelBuild.Diagnostics;
using KernelBuild.Host.Processes;

namespace KernelBuild.Reproducibility;

/// <summary>
/// A folder that lists its files in another order each time it is read, by disorderfs of the reproducible-builds project. Its files stand in
/// a folder beside it until it is unmounted; then they stand in the folder itself.
/// </summary>
public sealed class ShuffledFolder : IAsyncDisposable
{
    private static readonly TimeSpan _longestMount = TimeSpan.FromSeconds(20);

    private readonly CancellationTokenSource _end = new();
    private readonly string _folder;
    private readonly Task _run;

    private ShuffledFolder(string folder)
    {
        _folder = folder;
        Directory.CreateDirectory(Files);
        Directory.CreateDirectory(folder);
        File.WriteAllBytes(Mark, []);

        // in the foreground it ends when this process does; auto_unmount leaves no dead mount behind when that is by SIGKILL
        _run = new Command("disorderfs")
            .WithArguments("-f", "-q", "-o", "auto_unmount,nonempty", "--shuffle-dirents=yes", "--reverse-dirents=no", "--pad-blocks=0", Files, folder)
            .RunAsync(_end.Token);
    }

    /// <summary>The folder that has the files while it is mounted.</summary>
    private string Files => _folder + ".files";

    /// <summary>A file of the bare mount point, out of sight while something is mounted there.</summary>
    private string Mark => Path.Combine(_folder, ".not-mounted");

    private bool IsMounted => !File.Exists(Mark);

    /// <summary>Makes the folder; an ordinary one, and the reason, where this host cannot.</summary>
    /// <param name="folder">A path that does not exist yet.</param>
    /// <returns>One of the two is null.</returns>
    public static async Task<(ShuffledFolder? Folder, string? WhyNot)> MakeAsync(string folder, CancellationToken cancellationToken)
    {
        if (ProgramPath.Find("disorderfs") is null)
        {
            Directory.CreateDirectory(folder);
            return (null, "disorderfs is not installed (Debian: disorderfs)");
        }

        var made = new ShuffledFolder(folder);
        string? why;
        try
        {
            why = await made.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            await made.DisposeAsync();
            throw;
        }

        if (why is null)
        {
            return (made, null);
        }

        await made.DisposeAsync();
        return (null, why);
    }

    /// <summary>Unmounts it and moves the files to where they were seen.</summary>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _run.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        for (var i = 0; IsMounted && i < 50; i++)
        {
            // by the program that watches over it, once it sees that disorderfs has gone
            await Task.Delay(100, CancellationToken.None);
        }

        _end.Dispose();
        if (!IsMounted)
        {
            File.Delete(Mark);
            Directory.Delete(_folder);
            Directory.Move(Files, _folder);
        }
    }

    private async Task<string?> WaitAsync(CancellationToken cancellationToken)
    {
        var until = DateTime.UtcNow + _longestMount;
        while (!IsMounted)
        {
            if (_run.IsCompleted)
            {
                var reason = _run.Exception?.InnerException is DiagnosticException { Diagnostics: [var first, ..] }
                    ? first.Details is [.., var last] ? last : first.Message
                    : "it ended at once";
                return "disorderfs cannot mount here: " + reason;
            }

            if (DateTime.UtcNow > until)
            {
                return $"disorderfs did not mount within {_longestMount.TotalSeconds} s";
            }

            await Task.Delay(20, cancellationToken);
        }

        return null;
    }
}
