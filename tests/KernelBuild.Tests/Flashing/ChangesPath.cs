namespace KernelBuild.Tests.Flashing;

/// <summary>Tests that put other programs in front of the PATH of this process: nothing runs beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ChangesPath
{
    public const string Name = "changes PATH";

    /// <summary>Puts a folder in front; the former PATH comes back at the end.</summary>
    public static IDisposable To(string folder)
    {
        var before = Environment.GetEnvironmentVariable("PATH");
        Environment.SetEnvironmentVariable("PATH", folder + Path.PathSeparator + before);
        return new Back(before);
    }

    private sealed class Back(string? before) : IDisposable
    {
        public void Dispose() => Environment.SetEnvironmentVariable("PATH", before);
    }
}
