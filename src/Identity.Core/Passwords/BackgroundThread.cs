using System.Runtime.InteropServices;

namespace Identity.Core.Passwords;

/// <summary>A thread with a low priority, which yields to all other work on the machine.</summary>
internal static class BackgroundThread
{
    // About a tenth of the share of a thread with the default value of 0 (sched(7)): enough for progress under load.
    private const int Nice = 10;
    private const int PriorityOfProcess = 0;
    private const uint CallingThread = 0;

    /// <summary>Starts it. It does not keep the program alive.</summary>
    public static void Start(string name, Action work) =>
        new Thread(() =>
        {
            GiveWay();
            work();
        })
        {
            IsBackground = true,
            Name = name,
            Priority = ThreadPriority.BelowNormal,
        }.Start();

    // .NET ignores Thread.Priority on Linux, where the value is one of the thread (setpriority(2), "C library/kernel
    // differences") and anyone may raise it. If it cannot be set, hashing has normal priority.
    private static bool GiveWay()
    {
        if (!OperatingSystem.IsLinux())
            return false;
        try
        {
            return SetPriority(PriorityOfProcess, CallingThread, Nice) == 0;
        }
        catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException)
        {
            return false;
        }
    }

    [DllImport("libc", EntryPoint = "setpriority")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int SetPriority(int which, uint who, int priority);
}
