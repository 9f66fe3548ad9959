//! Time, processor time and memory of this process.

use std::fs;
use std::time::Duration;

/// Processor time of the calling thread; of nothing where the system does not tell.
#[cfg(unix)]
pub fn thread_cpu() -> Duration {
    read(rustix::time::ClockId::ThreadCPUTime)
}

/// Processor time of the process, all threads together.
#[cfg(unix)]
pub fn process_cpu() -> Duration {
    read(rustix::time::ClockId::ProcessCPUTime)
}

#[cfg(unix)]
fn read(clock: rustix::time::ClockId) -> Duration {
    Duration::try_from(rustix::time::clock_gettime(clock)).unwrap_or_default()
}

/// Time itself: other systems tell nothing of threads here.
#[cfg(not(unix))]
pub fn thread_cpu() -> Duration {
    static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    START.get_or_init(std::time::Instant::now).elapsed()
}

/// The same.
#[cfg(not(unix))]
pub fn process_cpu() -> Duration {
    thread_cpu()
}

/// The most memory that this process has held, in bytes; only Linux tells.
pub fn peak_memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse().ok().map(|kilobytes: u64| kilobytes * 1024)
}

/// How many processes have wanted to run in the last minute; only Linux tells.
pub fn load() -> Option<f64> {
    fs::read_to_string("/proc/loadavg").ok()?.split_whitespace().next()?.parse().ok()
}

/// Puts this process on the machine's last processor, so that it is in nobody's way; where that is not possible, nothing.
pub fn take_last_processor() {
    #[cfg(target_os = "linux")]
    {
        use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

        let Ok(allowed) = sched_getaffinity(None) else { return };
        let last = (0..CpuSet::MAX_CPU).rev().find(|&processor| allowed.is_set(processor));
        if let Some(last) = last.filter(|_| allowed.count() > 1) {
            let mut own = CpuSet::new();
            own.set(last);
            let _ = sched_setaffinity(None, &own);
        }
    }
}
