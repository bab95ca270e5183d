using KernelBuild.Host.Processes;
using KernelBuild.Testing.EndToEnd;

namespace KernelBuild.EndToEnd.Tests;

/// <summary>The repository on a file system that is too small: a code, and the build goes on once there is room.</summary>
public sealed class FullDisk
{
    [FactAsRoot]
    public async Task A_full_disk_is_named_and_the_next_run_goes_on_when_there_is_room()
    {
        using var mini = new MiniKernel();
        await mini.PublishAsync();
        var work = mini.PathOf(".work");
        Directory.CreateDirectory(work);
        (await Repository.RunAsync("mount", "-t", "tmpfs", "-o", "size=48k", "tmpfs", work)).ExitCode.ShouldBe(0);
        try
        {
            var full = await mini.BuildAsync();
            full.ExitCode.ShouldBe(2, full.Output);
            full.Output.Contains("KB1012", StringComparison.Ordinal).ShouldBeTrue(full.Output);
            (await Repository.RunAsync("mount", "-o", "remount,size=64m", work)).ExitCode.ShouldBe(0);
            var room = await mini.BuildAsync();
            room.ExitCode.ShouldBe(0, room.Output);
        }
        finally
        {
            await Repository.RunAsync("umount", work);
        }
    }

    /// <summary>Mounting needs root, and a kernel that lets this namespace mount.</summary>
    private sealed class FactAsRootAttribute : FactAttribute
    {
        public FactAsRootAttribute()
        {
            if (!Environment.IsPrivilegedProcess || !CanMount())
            {
                Skip = "needs root that may mount a tmpfs";
            }
        }

        private static bool CanMount()
        {
            var folder = Directory.CreateTempSubdirectory("kernelbuild-mount-").FullName;
            var mounted = new Command("mount") with { AnswerCodes = [1, 32] };
            var result = mounted.WithArguments("-t", "tmpfs", "tmpfs", folder).RunAsync(CancellationToken.None).GetAwaiter().GetResult();
            if (result.ExitCode == 0)
            {
                new Command("umount").WithArguments(folder).RunAsync(CancellationToken.None).GetAwaiter().GetResult();
            }

            Directory.Delete(folder);
            return result.ExitCode == 0;
        }
    }
}
