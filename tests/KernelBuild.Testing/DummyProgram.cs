using System.Diagnostics;

namespace KernelBuild.Testing;

/// <summary>The small child program beside the tests.</summary>
public static class DummyProgram
{
    public static string Path { get; } = System.IO.Path.Combine(AppContext.BaseDirectory, "KernelBuild.Tests.Dummy");

    public static Process Start(params string[] arguments) =>
        Process.Start(new ProcessStartInfo(Path, arguments) { RedirectStandardOutput = true })!;

    /// <summary>Whether a process still runs; one that nobody has collected does not.</summary>
    public static bool IsAlive(int id)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{id}/stat");
            return stat[stat.LastIndexOf(')') + 2] is not ('Z' or 'X');
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Waits until something holds; fails when it does not within half a minute.</summary>
    public static async Task UntilAsync(Func<bool> holds, string what)
    {
        for (var attempt = 0; attempt < 600; attempt++)
        {
            if (holds())
            {
                return;
            }

            await Task.Delay(50);
        }

        Assert.Fail(what);
    }
}
