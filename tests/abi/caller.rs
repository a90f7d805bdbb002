// caller.rs - a Rust program that calls libattn by declarations written by hand, as any language does that speaks C's ABI:
// pointers to opaque handles, structs whose first member is their size, 32-bit statuses, and a line for what was wrong. Built and
// run by foreign.sh.
use std::ffi::{c_void, CStr, CString};
use std::os::raw::c_char;
use std::ptr;

#[repr(C)]
struct ContextOptions {
    struct_size: usize,
    threads: i32,
    isa: i32,
    allocate: Option<extern "C" fn(*mut c_void, usize) -> *mut c_void>,
    release: Option<extern "C" fn(*mut c_void, *mut c_void)>,
    user: *mut c_void,
    failed: Option<extern "C" fn(*mut c_void, i32, *const c_char)>,
    interrupted: Option<extern "C" fn(*mut c_void) -> i32>,
    interval: i32,
    precision: i32,
}

#[repr(C)]
struct AttentionOptions {
    struct_size: usize,
    score: i32,
    padding: i32,
    attention_dim: i64,
    outer_tanh: i32,
    init: i32,
    query_dim: i64,
    weighting: i32,
    temperature: f32,
}

#[link(name = "attn")]
extern "C" {
    fn attn_version() -> *const c_char;
    fn attn_last_error() -> *const c_char;
    fn attn_context_create(options: *const ContextOptions, out: *mut *mut c_void) -> i32;
    fn attn_context_destroy(context: *mut *mut c_void);
    fn attn_params_create(context: *mut c_void, options: *const c_void, out: *mut *mut c_void) -> i32;
    fn attn_params_destroy(params: *mut *mut c_void);
    fn attn_params_size(params: *const c_void) -> i64;
    fn attn_attention_create(
        params: *mut c_void,
        name: *const c_char,
        memory_dim: i64,
        options: *const AttentionOptions,
        out: *mut *mut c_void,
    ) -> i32;
    fn attn_attention_destroy(attention: *mut *mut c_void);
    fn attn_attention_forward(
        attention: *const c_void,
        tape: *mut c_void,
        batch: i64,
        items: i64,
        memory: *const f32,
        lengths: *const i32,
        weights: *mut f32,
        context: *mut f32,
    ) -> i32;
}

const ARGUMENT: i32 = 10;
const SPARSEMAX: i32 = 1;

fn said(line: *const c_char) -> String {
    unsafe { CStr::from_ptr(line) }.to_string_lossy().into_owned()
}

extern "C" fn count(user: *mut c_void, status: i32, line: *const c_char) {
    assert_eq!(status, ARGUMENT);
    assert_eq!(said(line), "attn_attention_forward: lengths[1] is 5; expected 0 to 4");
    unsafe { *(user as *mut i32) += 1 };
}

fn main() {
    let mut failures = 0i32;
    let options = ContextOptions {
        struct_size: std::mem::size_of::<ContextOptions>(),
        threads: 1,
        isa: 0,
        allocate: None,
        release: None,
        user: &mut failures as *mut i32 as *mut c_void,
        failed: Some(count),
        interrupted: None,
        interval: 0,
        precision: 0,
    };
    let sparse = AttentionOptions {
        struct_size: std::mem::size_of::<AttentionOptions>(),
        score: 0,
        padding: 0,
        attention_dim: 8,
        outer_tanh: 0,
        init: 0,
        query_dim: 0,
        weighting: SPARSEMAX,
        temperature: 0.5,
    };
    let (mut context, mut params, mut attention) = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
    let name = CString::new("attention").unwrap();
    let memory: Vec<f32> = (0..24).map(|i| if i % 5 == 0 { 1.0 } else { -0.5 }).collect(); // [2, 4, 3]
    let (mut weights, mut summary) = ([9f32; 8], [9f32; 6]);
    unsafe {
        assert_eq!(attn_context_create(&options, &mut context), 0);
        assert_eq!(attn_params_create(context, ptr::null(), &mut params), 0);
        assert_eq!(attn_attention_create(params, name.as_ptr(), 3, &sparse, &mut attention), 0);
        assert_eq!(attn_params_size(params), 8 * 3 + 8 + 8 + 1); // W, b, v, c
        let mut forward = |lengths: [i32; 2]| {
            attn_attention_forward(
                attention,
                ptr::null_mut(),
                2,
                4,
                memory.as_ptr(),
                lengths.as_ptr(),
                weights.as_mut_ptr(),
                summary.as_mut_ptr(),
            )
        };
        assert_eq!(forward([4, 5]), ARGUMENT);
        assert_eq!(said(attn_last_error()), "attn_attention_forward: lengths[1] is 5; expected 0 to 4");
        assert_eq!(forward([4, 2]), 0);
        attn_attention_destroy(&mut attention);
        attn_params_destroy(&mut params);
        attn_context_destroy(&mut context);
    }
    assert!(context.is_null() && params.is_null() && attention.is_null());
    assert_eq!(failures, 1);
    for row in weights.chunks(4) {
        assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-6, "weights of {:?}", row);
    }
    assert!(weights[..4].contains(&0.0), "not sparse: {:?}", weights);
    assert_eq!(weights[6..], [0.0, 0.0]);
    for d in 0..3 {
        let expected: f32 = (0..4).map(|j| weights[4 + j] * memory[12 + 3 * j + d]).sum();
        assert!((summary[3 + d] - expected).abs() < 1e-6);
    }
    println!("attn {}: weights {:?}", said(unsafe { attn_version() }), weights);
}
