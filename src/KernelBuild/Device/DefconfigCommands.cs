namespace KernelBuild.Device;

/// <summary>Commands of a build.config that make its defconfig or change what it gives. Texts for bash's eval; empty for none.</summary>
/// <param name="Before">PRE_DEFCONFIG_CMDS.</param>
/// <param name="After">POST_DEFCONFIG_CMDS.</param>
public sealed record DefconfigCommands(string Before, string After);
